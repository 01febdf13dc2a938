"""Simulated nodes: KWOK, and the devices and device plugins of these nodes."""

"""Simulated nodes: KWOK, their devices and their device plugins."""

"""Simulated devices on real nodes: a device plugin on a real kubelet, and what containers see of it."""

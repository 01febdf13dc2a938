"""Simulated devices on real nodes: a device plugin for a real kubelet, and the devices that containers see."""

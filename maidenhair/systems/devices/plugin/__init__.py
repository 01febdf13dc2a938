"""The simulated device plugin. Its image runs `python -m maidenhair.systems.devices.plugin`."""

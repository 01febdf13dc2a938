"""The simulated device plugin: an application of its own, run by `python -m maidenhair.systems.devices.plugin` in its image."""

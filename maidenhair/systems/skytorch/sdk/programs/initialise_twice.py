"""Initialises the SDK a second time."""

from skytorch.client import init

init()
print("initialised")
init()

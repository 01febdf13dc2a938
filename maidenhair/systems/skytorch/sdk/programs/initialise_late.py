"""Initialises the SDK when it has made a Compute already."""

import sys

from skytorch.client import Compute, init

Compute(sys.argv[1], suspend=True)
init(namespace="elsewhere")

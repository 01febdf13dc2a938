"""Makes a Compute in a namespace that it names."""

import sys

from skytorch.client import Compute, init

name, namespace = sys.argv[1:]
init(namespace=namespace)
Compute(name, suspend=True)

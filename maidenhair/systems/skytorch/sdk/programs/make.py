"""Makes a Compute and says nothing of a cluster or a namespace."""

import sys

from skytorch.client import Compute

compute = Compute(sys.argv[1], suspend=True)
print(f"made in {compute.namespace}")

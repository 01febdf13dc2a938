"""Says to which namespace its Computes would go."""

from skytorch.client import default_namespace

print(f"Computes go to {default_namespace()}")

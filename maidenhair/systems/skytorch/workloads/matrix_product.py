"""Matrix products computed on Computes and on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maidenhair.systems.skytorch.sdk.drivers import SdkDriven
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.systems.skytorch.tensors import TensorData, from_torch

SMALLEST, LARGEST = 1, 8
SEED = 20
MULTIPLY_SECONDS = 60.0


@dataclass(frozen=True)
class Product:
    """One product, computed twice.

    Attributes:
        computed_on: the name of the Compute.
        remote: what the Compute gave.
        local: what this machine gave.
    """

    computed_on: str
    remote: TensorData
    local: TensorData


def multiply(
    sdk: SdkSession, computes: Mapping[str, SdkDriven], rows: int, columns: int
) -> list[Product]:
    """Multiply two matrices on each Compute, all at the same time, and the same ones here.

    The elements are small whole numbers: their products and sums are exact in any order of summation, so that
    the results are equal to the last bit or wrong.

    Args:
        sdk: the session that the Computes belong to.
        computes: the Computes by name.
        rows: of the left matrix; the right one is its counterpart, of `columns` by `rows`.
        columns: of the left matrix.

    Raises:
        WaitTimedOut: a Compute did not answer, or the results did not arrive, in time.
    """
    for compute in computes.values():
        compute.connect()
    factors = {name: operands(rows, columns, SEED + place) for place, name in enumerate(computes)}

    def on_computes() -> list[Any]:
        products = []
        for name, (left, right) in factors.items():
            device = computes[name].device()
            products.append(left.to(device) @ right.to(device))
        # Only now are results waited for: until here every Compute works beside the others.
        return [product.cpu() for product in products]

    remote = sdk.work(f"multiplying on {', '.join(computes)}", on_computes, MULTIPLY_SECONDS)
    return [
        Product(name, from_torch(product), from_torch(left @ right))
        for (name, (left, right)), product in zip(factors.items(), remote, strict=True)
    ]


def operands(rows: int, columns: int, seed: int) -> tuple[Any, Any]:
    """Return the two matrices of a product, always the same ones for a seed."""
    import torch

    numbers = torch.Generator().manual_seed(seed)
    left = torch.randint(SMALLEST, LARGEST, (rows, columns), generator=numbers)
    right = torch.randint(SMALLEST, LARGEST, (columns, rows), generator=numbers)
    return left.float(), right.float()

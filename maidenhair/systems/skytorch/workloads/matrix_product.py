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
    """A product that was computed on a Compute and on this machine.

    Attributes:
        computed_on: the name of the Compute.
        remote: the Compute's result.
        local: this machine's result.
    """

    computed_on: str
    remote: TensorData
    local: TensorData


def multiply(
    sdk: SdkSession, computes: Mapping[str, SdkDriven], rows: int, columns: int
) -> list[Product]:
    """Multiply two matrices on each Compute, all at the same time, and multiply the same matrices here.

    The elements are small whole numbers. Their products and sums are exact in any order of summation, so a correct
    result is equal bit for bit.

    Args:
        sdk: the session that the Computes belong to.
        computes: the Computes by name.
        rows: the rows of the left matrix, and the columns of the right one.
        columns: the columns of the left matrix, and the rows of the right one.

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
        # `cpu` waits for a result, so it must come after all products have started.
        return [product.cpu() for product in products]

    remote = sdk.work(f"multiplying on {', '.join(computes)}", on_computes, MULTIPLY_SECONDS)
    return [
        Product(name, from_torch(product), from_torch(left @ right))
        for (name, (left, right)), product in zip(factors.items(), remote, strict=True)
    ]


def operands(rows: int, columns: int, seed: int) -> tuple[Any, Any]:
    """Return two matrices of random whole numbers, of `rows` by `columns` and `columns` by `rows`.

    The same seed gives the same matrices.
    """
    import torch

    numbers = torch.Generator().manual_seed(seed)
    left = torch.randint(SMALLEST, LARGEST, (rows, columns), generator=numbers)
    right = torch.randint(SMALLEST, LARGEST, (columns, rows), generator=numbers)
    return left.float(), right.float()

"""Functions that Computes of one Cluster run at the same time.

A result is read from one Compute only. Servers of SkyTorch 0.2.0 give their results the same ids, so a program with
results of two Computes confuses them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from maidenhair.systems.skytorch.sdk.drivers import SdkDriven
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.systems.skytorch.tensors import from_torch
from maidenhair.systems.skytorch.workloads.matrix_product import SEED, Product, operands
from maidenhair.systems.skytorch.workloads.remote_functions import fail, meet, multiply

PORT = 50061
MEETING_SECONDS = 30.0
WORK_SECONDS = 90.0


def have_meet(sdk: SdkSession, computes: Mapping[str, SdkDriven]) -> dict[str, str]:
    """Run a function on two Computes that ends only after both functions have called each other.

    Args:
        sdk: the session that the Computes belong to.
        computes: the two Computes by name.

    Returns:
        The text that each function printed, by the Compute's name.

    Raises:
        RuntimeError: the functions did not reach each other. The SDK raises it.
        WaitStopped: a server cannot start. The text contains the likely cause.
        WaitTimedOut: the functions did not end in time.
    """
    first, second = computes
    for compute in computes.values():
        compute.connect()
    pods = {name: compute.view.pods.wait_for_running() for name, compute in computes.items()}
    addresses = {name: pod["status"]["podIP"] for name, pod in pods.items()}
    printed = dict.fromkeys(computes, "")

    async def run(name: str, peer: str) -> None:
        def record(_: str, text: str) -> None:
            printed[name] += text

        execute = computes[name].compute.execute
        await execute(meet, name, PORT, addresses[peer], PORT, MEETING_SECONDS, on_log=record)

    async def work() -> None:
        await asyncio.gather(run(first, second), run(second, first))

    sdk.run(f"running functions that meet on {first} and {second}", work(), WORK_SECONDS)
    return printed


def multiply_beside_failure(
    sdk: SdkSession, works: SdkDriven, fails: SdkDriven, text: str, rows: int, columns: int
) -> tuple[Product, BaseException | None]:
    """Multiply two matrices in a function on one Compute while a function on another Compute fails.

    Args:
        sdk: the session that the Computes belong to.
        works: the Compute that multiplies.
        fails: the Compute whose function fails.
        text: the message of the failure.
        rows: the rows of the left matrix, and the columns of the right one.
        columns: the columns of the left matrix, and the rows of the right one.

    Returns:
        The product, and the error that the program gets; None if it gets none.

    Raises:
        WaitTimedOut: the functions did not end in time.
    """
    name = works.view.name
    left, right = operands(rows, columns, SEED)

    async def work() -> tuple[Any, Any]:
        return await asyncio.gather(
            works.compute.execute(multiply, left, right),
            fails.compute.execute(fail, text),
            return_exceptions=True,
        )

    for compute in (works, fails):
        compute.connect()
    result, failure = sdk.run(f"working on {name} and {fails.view.name}", work(), WORK_SECONDS)
    if isinstance(result, BaseException):
        raise result
    [tensor] = result.values()
    remote = sdk.work(f"reading from {name}", tensor.cpu, WORK_SECONDS)
    product = Product(name, from_torch(remote), from_torch(left @ right))
    return product, failure if isinstance(failure, BaseException) else None

"""Functions that Computes of one Cluster run at the same time.

What functions return is read from one Compute alone: SkyTorch 0.2.0 gives the results of every server the same ids, so
that a program that has results of two Computes reads one for the other.
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
    """Have two Computes run a function each that ends only when it has met the other's; return what each printed.

    Raises:
        RuntimeError: the SDK's: they did not meet.
        WaitStopped: a server cannot start; the text tells the likely cause.
        WaitTimedOut: they did not end in time.
    """
    first, second = computes
    for compute in computes.values():
        compute.connect()
    pods = {name: compute.view.pods.wait_for_running() for name, compute in computes.items()}
    addresses = {name: pod["status"]["podIP"] for name, pod in pods.items()}
    printed = dict.fromkeys(computes, "")

    async def run(name: str, peer: str) -> None:
        def keep(_: str, text: str) -> None:
            printed[name] += text

        execute = computes[name].compute.execute
        await execute(meet, name, PORT, addresses[peer], PORT, MEETING_SECONDS, on_log=keep)

    async def work() -> None:
        await asyncio.gather(run(first, second), run(second, first))

    sdk.run(f"having {first} and {second} meet", work(), WORK_SECONDS)
    return printed


def multiply_beside_failure(
    sdk: SdkSession, works: SdkDriven, fails: SdkDriven, text: str, rows: int, columns: int
) -> tuple[Product, BaseException | None]:
    """Have a function multiply two matrices on one Compute while one fails on another.

    Returns: the product, and what the program gets of the failure.

    Raises:
        WaitTimedOut: they did not end in time.
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

"""Functions that Computes of one Cluster run at the same time.

What functions return is read from one Compute alone: SkyTorch 0.2.0 gives the results of every server the same ids, so
that a program that has results of two Computes reads one for the other.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from hamcrest import not_none

from maidenhair.kube import Kube
from maidenhair.skytorch.driving import SdkDriven
from maidenhair.skytorch.pods import INSTANCE_LABEL
from maidenhair.skytorch.products import SEED, Product, operands
from maidenhair.skytorch.sdk import SdkSession
from maidenhair.tensors import from_torch
from maidenhair.waiting import eventually

PORT = 50061
ADDRESS_SECONDS = 30.0
MEETING_SECONDS = 30.0
WORK_SECONDS = 90.0


# The SDK sends the source of what follows to servers, which know nothing of this module, its imports, or its types.
def meet(name: str, port: int, peer: str, peer_port: int, seconds: float) -> None:
    """Listen at a port and call the peer; print the peer's name, and end when the peer has called, too."""
    import socket
    import threading
    import time

    deadline = time.monotonic() + seconds
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    with socket.create_server(("", port), family=family) as listener:
        listener.settimeout(seconds)

        called = threading.Event()

        def answer() -> None:
            try:
                caller, _ = listener.accept()
                with caller:
                    caller.sendall(name.encode())
            except OSError:
                return
            called.set()

        threading.Thread(target=answer, daemon=True).start()
        while True:
            try:
                with socket.create_connection((peer, peer_port), timeout=1) as connection:
                    print("met", connection.makefile().read())
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        if not called.wait(deadline - time.monotonic()):
            raise TimeoutError(f"{peer} did not call")


def multiply_there(left: "Any", right: "Any") -> "Any":
    """Multiply two matrices."""
    return left @ right


def fail(text: str) -> None:
    """Fail."""
    raise RuntimeError(text)


def have_meet(kube: Kube, sdk: SdkSession, computes: Mapping[str, SdkDriven]) -> dict[str, str]:
    """Have two Computes run a function each that ends only when it has met the other's; return what each printed.

    Raises:
        RuntimeError: the SDK's: they did not meet.
        WaitTimedOut: they did not end in time.
    """
    first, second = computes
    addresses = {name: _pod_address(kube, compute) for name, compute in computes.items()}
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
            works.compute.execute(multiply_there, left, right),
            fails.compute.execute(fail, text),
            return_exceptions=True,
        )

    works.connect()
    result, failure = sdk.run(f"working on {name} and {fails.view.name}", work(), WORK_SECONDS)
    if isinstance(result, BaseException):
        raise result
    [tensor] = result.values()
    remote = sdk.work(f"reading from {name}", tensor.cpu, WORK_SECONDS)
    product = Product(name, from_torch(remote), from_torch(left @ right))
    return product, failure if isinstance(failure, BaseException) else None


def _pod_address(kube: Kube, compute: SdkDriven) -> str:
    view = compute.view
    selector = f"{INSTANCE_LABEL}={view.name}"

    def address() -> Any:
        pods = kube.list("v1", "Pod", view.namespace, label_selector=selector)
        return next((pod["status"].get("podIP") for pod in pods), None)

    found = eventually(
        address,
        not_none(),
        within=ADDRESS_SECONDS,
        described_as=f"the pod of {view} to have an address",
    )
    return str(found)

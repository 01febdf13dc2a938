"""A program that uses a SkyTorch server as the device of torch, and prints the order of its operations as JSON.

It runs in a process of its own, because torch fixes the number of devices at the first gradient of a process.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
from typing import Any

from maidenhair.systems.skytorch.workloads import training
from tests.conftest import imported

torch = imported("torch")
imported("skytorch.torch.backend")

STEPS = 3
WITHIN = 60.0
NEVER = 10 * WITHIN


class Compute:
    """The part of the SDK's Compute that its device needs."""

    name = "trainer"

    def __init__(self, host: str, port: int) -> None:
        from skytorch.client.grpc import GRPCClient

        self._grpc_client = GRPCClient(host=host, port=port)

    @property
    def stream(self) -> Any:
        return self._grpc_client.stream

    def connect(self) -> Any:
        """Connect to the server, and return the torch device."""
        from skytorch.torch.backend._device import device_manager

        asyncio.run(self._grpc_client.__aenter__())
        return device_manager.get_sky_device(self, "cpu", 0)

    def disconnect(self) -> None:
        asyncio.run(self._grpc_client.__aexit__(None, None, None))


def read_while_a_deletion_is_due(compute: Compute, device: Any) -> list[float]:
    """Copy a tensor of zero and then add one to it, at the moment when a deletion becomes due. Return the copy.

    The SDK's event loop is held from the moment when the timer of the deletion is due until both operations are
    submitted, as on a machine that has no time for its thread.
    """
    from skytorch.torch.client.loop import get_event_loop

    loop = get_event_loop()
    freed, due, submitted = threading.Event(), threading.Event(), threading.Event()

    def hold_until_due() -> None:
        while loop.time() < compute.stream._deferred_flush_timer.when():
            continue
        # The event loop calls this in its next round, right before the timer.
        loop.call_soon(hold_until_submitted)

    def hold_until_submitted() -> None:
        due.set()
        submitted.wait(WITHIN)

    tensor = torch.zeros(1).to(device)
    for number in (1.0, -1.0):
        # From the second time on, the SDK knows the shapes, and a change in place takes its shorter way.
        for _ in range(2):
            _ = tensor + 0
            tensor.add_(number)
            tensor.add_(-number)
    deleted = tensor + 0
    tensor.cpu()
    loop.call_soon_threadsafe(freed.wait, WITHIN)
    del deleted
    # Called after the SDK's own callbacks, which start the timer, and before the timer can be due.
    loop.call_soon_threadsafe(loop.call_soon, hold_until_due)
    freed.set()
    if not due.wait(WITHIN):
        raise TimeoutError("the deletion did not become due")
    copy = tensor + 0
    tensor.add_(1.0)
    submitted.set()
    values: list[float] = copy.cpu().tolist()
    return values


def train(compute: Compute, device: Any) -> dict[str, list[Any]]:
    """Train on the device, and return what is true when each optimiser step begins.

    Returns:
        "deletions": the numbers of tensors whose deletion is deferred; "collecting": whether Python collects garbage,
        with a last value for the time after the training.
    """
    from skytorch.torch.client.loop import run_async
    from skytorch.torch.client.stream import StreamManager
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    deletions: list[int] = []
    collecting: list[bool] = []

    async def deferred() -> int:
        compute.stream._drain_mt_ops()
        return len(compute.stream._deferred_delete_ids)

    def observe(*_: Any) -> None:
        deletions.append(run_async(deferred()).result(WITHIN))
        collecting.append(gc.isenabled())

    # So that the deferral ends when a value is read, and never because of the time.
    StreamManager._BATCH_COALESCE_DELAY = NEVER
    registered = register_optimizer_step_pre_hook(observe)
    training._trained(device, STEPS)
    registered.remove()
    return {"deletions": deletions, "collecting": [*collecting, gc.isenabled()]}


def main(address: str) -> None:
    """Print the copy and what is true when each step begins."""
    host, port = address.split(":")
    compute = Compute(host, int(port))
    device = compute.connect()
    copy = read_while_a_deletion_is_due(compute, device)
    print(json.dumps({"copy": copy, **train(compute, device)}))
    compute.disconnect()


if __name__ == "__main__":
    main(sys.argv[1])

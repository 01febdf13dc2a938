"""How fast tensors are written and read, beside bare gRPC and beside SkyTorch's own client in the same run.

First the client's cost alone: against a server of the same protocol that only keeps messages, in a process of its
own, beside a bare gRPC stream of the same bytes, which drops them as they come; our client keeps them, in memory at
hand or in new memory. Then the most memory that a transfer takes. Then the real SkyTorch server, directly and through
Envoy, beside SkyTorch's own client: there the server may set the pace, so its processor time is printed. The ways take
turns, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import psutil
import torch

from bench.memory import resident
from bench.servers import envoy, minimal_server, skytorch_server
from maidenhair.systems.skytorch.tensors import TensorClient, from_torch, to_torch
from maidenhair.systems.skytorch.tensors.minimal_server import BARE
from maidenhair.systems.skytorch.tensors.rpc.calls import CHANNEL_OPTIONS
from maidenhair.systems.skytorch.tensors.rpc.chunks import MIB

DEADLINE = 300.0
GOAL_BARE, GOAL_SDK, GOAL_MEMORY = 0.8, 1.0, 1.1
METADATA = (("compute-id", "bench/tensors"),)
NUMBER = 1
LEAST = 32 * MIB
"""The minimum of bytes that a round transfers."""

BUSY = 0.85
"""The share of a processor from which a server sets the pace: it does one thing at a time."""


@dataclass
class Way:
    """One way of doing a transfer, and how long each took."""

    name: str
    transfer: Callable[[], Any]
    seconds: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def rate(self, size: int) -> float:
        """Return the median throughput in MB/s."""
        return size / statistics.median(self.seconds) / 1e6


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=7, help="transfers of each kind (%(default)s)"
    )
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=[1, 16, 64, 256],
        help="MiB of a tensor (%(default)s)",
    )
    parser.add_argument("--memory-size", type=int, default=1024, help="MiB (%(default)s)")
    parser.add_argument("--peak-of", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak_of:
        direction, target, size = options.peak_of
        print(peak(direction, target, int(size) * MIB))
        return
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, {options.rounds} rounds")
    with minimal_server() as server:
        table(
            f"The client alone: MB/s, and its ratio to a bare stream (goal {GOAL_BARE})",
            alone(server, options.sizes, options.rounds),
            GOAL_BARE,
        )
        memory(server, options.memory_size)
    with ExitStack() as serving, tempfile.TemporaryDirectory() as folder:
        server, process = serving.enter_context(skytorch_server(Path(folder)))
        proxied = serving.enter_context(envoy(Path(folder), server))
        for name, target in (("directly", server), ("through Envoy", proxied)):
            table(
                f"The real server {name}: MB/s, and our ratio to the SDK (goal {GOAL_SDK:g})",
                beside_sdk(target, process, options.sizes, options.rounds),
                GOAL_SDK,
            )


def table(title: str, cells: Iterator[tuple[str, int, Sequence[Way]]], goal: float) -> None:
    """Print a line for each cell; the first way of each is ours and the second its peer."""
    print(f"\n{title}\n| | MiB | ours | peer | ratio | goal | server busy, ours : peer |")
    print("|---|---:|---:|---:|---:|---|---|")
    for direction, size, (ours, peer) in cells:
        ratio = statistics.median(
            theirs / own for own, theirs in zip(ours.seconds, peer.seconds, strict=True)
        )
        busy = " : ".join(f"{statistics.median(way.busy):.0%}" for way in (ours, peer) if way.busy)
        bound = bool(ours.busy) and statistics.median(ours.busy) >= BUSY
        print(
            f"| {direction} | {size / MIB:g} | {ours.rate(size):.0f} | {peer.rate(size):.0f} ({peer.name}) "
            f"| {ratio:.2f} | {'met' if ratio >= goal else 'missed'} "
            f"| {busy}{', server-bound' if bound else ''} |",
            flush=True,
        )


def alone(
    target: str, sizes: Sequence[int], rounds: int
) -> Iterator[tuple[str, int, Sequence[Way]]]:
    """Measure our client and bare streams against the minimal server."""
    with TensorClient(target, deadline=DEADLINE) as client, bare_channel(target) as channel:
        take = channel.stream_unary(f"/{BARE}/Take")
        give = channel.unary_stream(f"/{BARE}/Give")
        for size in (size * MIB for size in sizes):
            tensor = from_torch(torch.randint(0, 256, (size,), dtype=torch.uint8))
            messages = list(client.messages(NUMBER, tensor))
            writes = (
                Way("ours", partial(client.write, NUMBER, tensor)),
                Way("bare stream", partial(send, take, messages)),
            )
            yield "write", size, take_turns(writes, size, rounds)
            bare = partial(receive, give, str(NUMBER).encode())
            at_hand = client.read(NUMBER, "uint8").data
            for name, ours in (
                ("read", partial(client.read, NUMBER, "uint8", into=at_hand)),
                ("read, new memory", partial(client.read, NUMBER, "uint8")),
            ):
                ways = (Way("ours", ours), Way("bare stream", bare))
                yield name, size, take_turns(ways, size, rounds)


def send(take: Any, messages: Sequence[bytes]) -> None:
    """Send messages that lie ready."""
    if int(take(iter(messages), timeout=DEADLINE)) != len(messages):
        sys.exit("messages were lost")


def receive(give: Any, request: bytes) -> int:
    """Receive messages and drop them; return how many bytes there were."""
    return sum(len(message) for message in give(request, timeout=DEADLINE))


def beside_sdk(
    target: str, server: psutil.Process, sizes: Sequence[int], rounds: int
) -> Iterator[tuple[str, int, Sequence[Way]]]:
    """Measure our client and SkyTorch's against the real server."""
    with TensorClient(target, METADATA, deadline=DEADLINE) as client, Sdk(target) as sdk:
        for size in (size * MIB for size in sizes):
            tensor = torch.randint(0, 256, (size // 4,), dtype=torch.int32)
            write(client, tensor)
            writes = (
                Way("ours", partial(write, client, tensor)),
                Way("SDK", partial(sdk.write, tensor)),
            )
            yield "write", size, take_turns(writes, size, rounds, server)
            reads = (
                Way("ours", partial(read, client)),
                Way("SDK", partial(sdk.read, tensor)),
            )
            yield "read", size, take_turns(reads, size, rounds, server)
            client.delete(NUMBER)


def write(client: TensorClient, tensor: torch.Tensor) -> None:
    """Write a tensor with our client, from where torch has it."""
    client.write(NUMBER, from_torch(tensor))


def read(client: TensorClient) -> Any:
    """Read a tensor with our client, to where torch can use it."""
    return to_torch(client.read(NUMBER, "int32"))


def take_turns(
    ways: Sequence[Way], size: int, rounds: int, server: psutil.Process | None = None
) -> Sequence[Way]:
    """Do each way without the clock, then as often as there are rounds, each round in another order.

    Small tensors are transferred several times in a round: one transfer is too short to measure.
    """
    times = max(1, LEAST // size)
    for way in ways:
        way.transfer()
    for number in range(rounds):
        for way in ways if number % 2 else reversed(ways):
            before, began = used(server), time.perf_counter()
            for _ in range(times):
                way.transfer()
            seconds = time.perf_counter() - began
            way.seconds.append(seconds / times)
            if server is not None:
                way.busy.append((used(server) - before) / seconds)
    return ways


def used(process: psutil.Process | None) -> float:
    """Return the seconds of processor time that a process has used."""
    times = process.cpu_times() if process is not None else None
    return float(times.user + times.system) if times is not None else 0.0


@contextmanager
def bare_channel(target: str) -> Iterator[grpc.Channel]:
    """Give a channel with the options of our client."""
    with grpc.insecure_channel(target, options=CHANNEL_OPTIONS) as channel:
        yield channel


class Sdk:
    """SkyTorch's own client of the tensor service, with the options that SkyTorch gives its channels."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> Sdk:
        self._loop.run_until_complete(self._open())
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.run_until_complete(self._channel.close())
        self._loop.close()

    async def _open(self) -> None:
        from skytorch.client.grpc import _GRPC_CHANNEL_OPTIONS
        from skytorch.torch.client.service import TensorClient as SdkClient

        options = [*_GRPC_CHANNEL_OPTIONS, ("grpc.enable_http_proxy", 0)]
        self._channel = grpc.aio.insecure_channel(self._target, options=options)
        self._client = SdkClient(self._channel, METADATA)

    def write(self, tensor: torch.Tensor) -> None:
        """Write a tensor that the server has."""
        self._loop.run_until_complete(self._client.update_tensor(tensor, NUMBER))

    def read(self, like: torch.Tensor) -> Any:
        """Return the tensor."""
        reading = self._client.get_tensor(NUMBER, tuple(like.shape), like.dtype)
        return self._loop.run_until_complete(reading)


def memory(target: str, size: int) -> None:
    """Print how much memory one transfer takes at most, each in a process of its own."""
    print(f"\nThe most memory of a transfer of {size} MiB, by the tensor (goal {GOAL_MEMORY})")
    for direction in ("write", "read"):
        command = [sys.executable, "-m", "bench.tensors", "--peak-of", direction, target, str(size)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        share = float(done.stdout)
        print(
            f"{direction}: {share:.3f}, {'met' if share <= GOAL_MEMORY else 'missed'}", flush=True
        )


def peak(direction: str, target: str, size: int) -> float:
    """Return the most memory that this process takes for a transfer, the tensor included, by the tensor's size."""
    with TensorClient(target, deadline=DEADLINE) as client:
        # What gRPC and torch take once, whatever is transferred.
        client.write(NUMBER + 1, from_torch(torch.zeros(MIB, dtype=torch.uint8)))
        to_torch(client.read(NUMBER + 1, "uint8"))
        before = resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")
        if direction == "write":
            client.write(NUMBER, from_torch(torch.randint(0, 256, (size,), dtype=torch.uint8)))
        elif to_torch(client.read(NUMBER, "uint8")).numel() != size:
            sys.exit("a tensor of another size was read")
        return (resident("VmHWM") - before) / size


if __name__ == "__main__":
    main()

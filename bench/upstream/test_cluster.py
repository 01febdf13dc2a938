"""A Cluster: managed, by hand, at work side by side, with events, with failures."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest
import skytorch.client as sky

from bench.upstream import functions


async def run(compute: Any, function: Any, *arguments: Any) -> Any:
    """Have a server run a function, and try again while the Gateway does not know of it yet."""
    for attempt in range(30):
        try:
            return await compute.execute(function, *arguments)
        except RuntimeError as error:
            cause = error.__cause__
            early = isinstance(cause, grpc.aio.AioRpcError) and attempt < 29
            if not early:
                raise
            await asyncio.sleep(1)


@pytest.mark.asyncio
async def test_managed(server: dict[str, Any], gone: Any) -> None:
    computes = [sky.Compute(name, **server) for name in ("one", "two")]
    async with sky.Cluster(*computes) as cluster:
        assert cluster.is_ready()
    for name in ("one", "two"):
        await gone(name)


@pytest.mark.asyncio
async def test_manual(server: dict[str, Any], gone: Any) -> None:
    cluster = sky.Cluster(*(sky.Compute(name, **server) for name in ("three", "four")))
    await cluster.ready(timeout=120)
    assert cluster.is_ready()
    await cluster.delete()
    for name in ("three", "four"):
        await gone(name)


@pytest.mark.asyncio
async def test_parallel(server: dict[str, Any], gone: Any) -> None:
    server = {"image": server["image"]}
    async with sky.Cluster(*(sky.Compute(name, **server) for name in ("five", "six"))) as cluster:
        working = (run(each, functions.multiply, seed) for seed, each in enumerate(cluster))
        await asyncio.gather(*working)
    for name in ("five", "six"):
        await gone(name)


@pytest.mark.asyncio
async def test_events(server: dict[str, Any], gone: Any) -> None:
    events: dict[str, list[Any]] = {"seven": [], "eight": []}
    computes = [sky.Compute(name, on_events=seen.append, **server) for name, seen in events.items()]
    async with sky.Cluster(*computes):
        for name, seen in events.items():
            for _ in range(60):
                if "Started" in [event.reason for event in seen]:
                    break
                await asyncio.sleep(1)
            assert {event.involved_object.name for event in seen} == {f"{name}-0"}
    for name in events:
        await gone(name)


@pytest.mark.asyncio
async def test_errors(server: dict[str, Any], gone: Any) -> None:
    server = {"image": server["image"]}
    async with sky.Cluster(*(sky.Compute(name, **server) for name in ("nine", "ten"))) as cluster:
        working = (run(cluster[0], functions.multiply, 1), run(cluster[1], functions.fail))
        outcome: Any = await asyncio.gather(*working, return_exceptions=True)
        done, failure = outcome
        assert not isinstance(done, BaseException)
        assert "out of ideas" in str(failure)
    for name in ("nine", "ten"):
        await gone(name)

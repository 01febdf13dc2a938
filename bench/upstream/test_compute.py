"""A Compute: managed, by hand, with events, with resources."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import skytorch.client as sky
from kubernetes import client as kubernetes


@pytest.mark.asyncio
async def test_managed(server: dict[str, Any], gone: Any) -> None:
    async with sky.Compute("managed", **server) as compute:
        assert compute.is_ready()
    await gone("managed")


@pytest.mark.asyncio
async def test_manual(server: dict[str, Any], gone: Any) -> None:
    compute = sky.Compute("manual", **server)
    await compute.ready(timeout=120)
    assert compute.is_ready()
    await compute.delete()
    await gone("manual")


@pytest.mark.asyncio
async def test_events(server: dict[str, Any], gone: Any) -> None:
    events: list[Any] = []
    async with sky.Compute("events", on_events=events.append, **server):
        for _ in range(60):
            if "Started" in [event.reason for event in events]:
                break
            await asyncio.sleep(1)
        assert "Started" in [event.reason for event in events]
    await gone("events")


@pytest.mark.asyncio
async def test_resources(server: dict[str, Any], gone: Any) -> None:
    resources = {"cpu": "200m", "memory": "512Mi"}
    async with sky.Compute("resources", resources=resources, **server) as compute:
        found = kubernetes.AppsV1Api().read_namespaced_stateful_set("resources", compute.namespace)
        [container] = found.spec.template.spec.containers
        assert container.resources.requests == resources
        assert container.resources.limits == resources
    await gone("resources")

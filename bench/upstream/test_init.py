"""Initialisation of the SDK, which is reset between tests: they share a process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import skytorch.client as sky
import skytorch.client.init as initialisation
from kubernetes import client as kubernetes
from kubernetes import config


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    """Let each test be the first that initialises the SDK, and leave it as if none had."""
    kubernetes.Configuration.set_default(None)
    yield
    kubernetes.Configuration.set_default(None)
    vars(initialisation).update(_default_namespace="default")


@pytest.mark.asyncio
async def test_automatic(gone: Any) -> None:
    await make("automatic", os.environ["BENCH_NAMESPACE"], gone)


@pytest.mark.asyncio
async def test_context_namespace(gone: Any) -> None:
    sky.init()
    await make("context", os.environ["BENCH_NAMESPACE"], gone)


@pytest.mark.asyncio
async def test_custom_namespace(gone: Any) -> None:
    sky.init(namespace=os.environ["BENCH_OTHER_NAMESPACE"])
    await make("custom", os.environ["BENCH_OTHER_NAMESPACE"], gone)


@pytest.mark.asyncio
async def test_custom_configuration(gone: Any) -> None:
    configuration = kubernetes.Configuration()
    config.load_kube_config(client_configuration=configuration)
    sky.init(client_config=configuration, namespace=os.environ["BENCH_OTHER_NAMESPACE"])
    await make("configured", os.environ["BENCH_OTHER_NAMESPACE"], gone)


@pytest.mark.asyncio
async def test_double() -> None:
    sky.init()
    with pytest.raises(RuntimeError, match="already initialized"):
        sky.init()


async def make(name: str, namespace: str, gone: Any) -> None:
    compute = sky.Compute(name, suspend=True)
    assert compute.namespace == namespace
    await compute.delete()
    await gone(name)

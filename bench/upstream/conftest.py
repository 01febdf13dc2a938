"""Fixtures for both kinds of upstream tests. bench/suite.py runs them, with pytest-asyncio."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import skytorch.client as sky
from kubernetes import client as kubernetes

GONE_SECONDS = 90.0
COMPUTES = ("compute.skytorch.dev", "v1alpha1")


@pytest.fixture
def server() -> dict[str, Any]:
    """Give what Computes are made with: the server's image, and perhaps a command in place of its own."""
    options: dict[str, Any] = json.loads(os.environ["BENCH_SERVER"])
    return options


@pytest.fixture
def gone() -> Callable[[str], Coroutine[Any, Any, None]]:
    """Give a function that polls until a Compute and its pod are gone."""

    async def wait(name: str) -> None:
        namespace = sky.default_namespace()
        deadline = asyncio.get_running_loop().time() + GONE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            computes = kubernetes.CustomObjectsApi().list_namespaced_custom_object(
                *COMPUTES, namespace, "computes"
            )
            pods = kubernetes.CoreV1Api().list_namespaced_pod(namespace)
            names = [each["metadata"]["name"] for each in computes["items"]]
            names += [pod.metadata.name.rpartition("-")[0] for pod in pods.items]
            if name not in names:
                return
            await asyncio.sleep(1)
        pytest.fail(f"{name} is still there")

    return wait

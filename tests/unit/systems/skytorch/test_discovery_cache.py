"""The cache of API discovery of the SDK and of the kubernetes package."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hamcrest import assert_that, ends_with, is_not, starts_with

from maidenhair.systems.skytorch.sdk import discovery_cache

MODULES = [
    pytest.param("kubernetes.dynamic.discovery", id="kubernetes"),
    pytest.param("skytorch.client.aio.discovery", id="skytorch"),
]


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest) -> Iterator[Any]:
    pytest.importorskip(request.param.partition(".")[0])
    found: Any = importlib.import_module(request.param)
    before = found.tempfile
    yield found
    found.tempfile = before
    discovery_cache.use_own_discovery_cache.cache_clear()


def test_the_file_lies_in_a_folder_of_this_process_alone(module: Any) -> None:
    discovery_cache.use_own_discovery_cache()
    client = SimpleNamespace(configuration=SimpleNamespace(host="https://127.0.0.1:6443"))
    discoverer = object.__new__(module.LazyDiscoverer)
    with suppress(AttributeError):
        # It may go on to discover, which this client cannot do.
        module.Discoverer.__init__(discoverer, client, None)
    file = Path(discoverer._Discoverer__cache_file)
    assert_that(str(file.parent), is_not(ends_with(tempfile.gettempdir())))
    assert_that(file.parent.name, starts_with("maidenhair-discovery-"))

"""The types of the public names, as mypy sees them. `make lint` checks this file; nothing runs it."""

from __future__ import annotations

from typing import Any, assert_type

from maidenhair import Hooks, Kube, Nothing, Object, eventually, install_hooks  # type: ignore[attr-defined]
from maidenhair.kube import NoKube, WatchedObject  # type: ignore[attr-defined]


async def of_waits(kube: Kube) -> None:
    """Return the value of the source."""
    from maidenhair import aio

    assert_type(eventually(lambda: 1, 1, within=1), int)
    assert_type(await aio.eventually(lambda: 1, 1, within=1), int)
    with WatchedObject(kube, "v1", "Pod", "web", "default") as web:
        assert_type(eventually(web, None, within=1), Object | None)


def of_hooks(module: dict[str, Any]) -> None:
    """Hooks are hooks."""
    assert_type(install_hooks(module), Hooks)
    print(Nothing, NoKube)

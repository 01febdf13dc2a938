"""Lets behave's `use_fixture` take asynchronous fixtures."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from behave.fixture import InvalidFixtureError

from maidenhair.engine.limits.time_limits import awaited


@contextmanager
def asynchronous_fixtures() -> Iterator[None]:
    """Have asynchronous fixtures awaited while the context is entered; behave itself never awaits them.

    In an asynchronous hook or step, that is for the caller to do: `await use_fixture(…)`.
    """
    # behave offers no seam here; `use_fixture` looks the function up at every call. The module's name in the package
    # is taken by its decorator.
    module = sys.modules["behave.fixture"]
    plain = module._setup_fixture

    def set_up(fixture: Callable[..., Any], context: Any, *args: Any, **options: Any) -> Any:
        if not inspect.isasyncgenfunction(fixture):
            return awaited(plain(fixture, context, *args, **options))
        steps = fixture(context, *args, **options)

        async def first() -> Any:
            return await anext(steps)

        async def tear_down() -> None:
            async for _ in steps:
                await steps.aclose()
                raise InvalidFixtureError(f"Has more than one yield: {fixture!r}")

        context.add_cleanup(tear_down)
        return awaited(first())

    module._setup_fixture = set_up  # type: ignore[attr-defined]
    try:
        yield
    finally:
        module._setup_fixture = plain  # type: ignore[attr-defined]

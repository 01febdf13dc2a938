"""`eventually` and `consistently` for asynchronous steps: `await` them; the source may be asynchronous too.

Example:
    >>> import asyncio
    >>> from hamcrest import greater_than
    >>> answers = iter([1, 2, 3])
    >>> async def size():
    ...     return next(answers)
    >>> asyncio.run(aio.eventually(size, greater_than(2), within=10))
    3
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from hamcrest.core.matcher import Matcher

from maidenhair.waiting.sources import Source, StopCondition, conditions_for
from maidenhair.waiting.wait import (
    POLL_SECONDS,
    TOLERATED,
    Wait,
    until_it_held,
    while_it_holds,
)

T = TypeVar("T")


async def eventually(
    source: Source[T] | Callable[[], Awaitable[T] | T],
    matcher: Matcher[Any] | Any,
    *,
    within: float,
    stop_when: Iterable[StopCondition] = (),
    described_as: str = "",
    lasting: float = 0.0,
    explain: Callable[[], str] | None = None,
    poll_every: float = POLL_SECONDS,
    tolerate: tuple[type[Exception], ...] = TOLERATED,
) -> T:
    """Do what `maidenhair.waiting.eventually` does, with the same arguments; other tasks go on meanwhile.

    Raises:
        WaitTimedOut: it did not match in time.
        WaitStopped: a stop condition gave a reason.
    """
    wait: Wait[Any] = Wait(source, matcher, described_as, explain, tolerate)
    conditions = conditions_for(matcher, stop_when)
    decide = until_it_held(wait, within, lasting, conditions)
    found: T = await wait.run_async(decide, poll_every, conditions)
    return found


async def consistently(
    source: Source[T] | Callable[[], Awaitable[T] | T],
    matcher: Matcher[Any] | Any,
    *,
    during: float,
    described_as: str = "",
    explain: Callable[[], str] | None = None,
    poll_every: float = POLL_SECONDS,
) -> T:
    """Do what `maidenhair.waiting.consistently` does, with the same arguments; other tasks go on meanwhile.

    Raises:
        WaitBroken: it did not match; the text says for how long it had held.
    """
    wait: Wait[Any] = Wait(source, matcher, described_as, explain, TOLERATED)
    found: T = await wait.run_async(while_it_holds(wait, during), poll_every)
    return found

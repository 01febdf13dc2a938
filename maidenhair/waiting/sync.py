"""`eventually` and `consistently`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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


def eventually(
    source: Source[T] | Callable[[], T],
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
    """Wait until the value of `source` matches, and return it.

    A `Source` is looked at again as soon as it changes; a plain function is polled. A look that
    raises one of `tolerate` counts as not matching; another exception ends the wait as it is.

    Args:
        source: what to look at.
        matcher: a PyHamcrest matcher, or a value to be equal to.
        within: seconds until giving up.
        stop_when: conditions that end the wait at once; those that are `Changing` wake it too.
        described_as: what is waited for, such as "Compute demo to be Ready".
        lasting: seconds for which the expectation must hold without a break.
        explain: returns the likely cause when the time is up.
        poll_every: seconds between two looks at a function.
        tolerate: exceptions of a look that mean "not yet".

    Raises:
        WaitTimedOut: it did not match in time.
        WaitStopped: a stop condition gave a reason.

    Example:
        >>> from hamcrest import equal_to
        >>> def size():
        ...     return kube.get("example.com/v1", "Widget", "blue")["spec"]["size"]
        >>> widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "blue"}}
        >>> made = kube.apply({**widget, "spec": {"size": 3}})
        >>> eventually(size, equal_to(3), within=10, described_as='the size of Widget "blue"')
        3
        >>> eventually(size, equal_to(4), within=0.1, described_as='the size of Widget "blue"')
        Traceback (most recent call last):
        maidenhair.errors.WaitTimedOut: ...
    """
    wait = Wait(source, matcher, described_as, explain, tolerate)
    conditions = conditions_for(matcher, stop_when)
    return wait.run(until_it_held(wait, within, lasting, conditions), poll_every, conditions)


def consistently(
    source: Source[T] | Callable[[], T],
    matcher: Matcher[Any] | Any,
    *,
    during: float,
    described_as: str = "",
    explain: Callable[[], str] | None = None,
    poll_every: float = POLL_SECONDS,
) -> T:
    """Check that the value of `source` matches at every look for some time, and return the last value.

    Args:
        source: what to look at: now, whenever it changes, and at the end.
        matcher: a PyHamcrest matcher, or a value to be equal to.
        during: seconds for which it must match.
        described_as: what must hold, such as "Compute demo to stay suspended".
        explain: returns the likely cause on failure.
        poll_every: seconds between two looks at a function.

    Raises:
        WaitBroken: it did not match; the text says for how long it had held.

    Example:
        >>> from hamcrest import equal_to
        >>> consistently(lambda: kube.list("v1", "Pod", "default"), equal_to([]), during=0.1)
        []
    """
    wait = Wait(source, matcher, described_as, explain, TOLERATED)
    return wait.run(while_it_holds(wait, during), poll_every)

"""The sources of waits, and how they wake them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Any, Protocol, TypeVar, runtime_checkable

from hamcrest.core.helpers.wrap_matcher import wrap_matcher
from hamcrest.core.matcher import Matcher

T_co = TypeVar("T_co", covariant=True)


@runtime_checkable
class Changing(Protocol):
    """Something that says when it changes.

    Example:
        >>> isinstance(WatchedObjects(kube, "v1", "Pod", "default"), Changing)
        True
    """

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` (quick, from any thread) after every change while the context is entered."""


@runtime_checkable
class Described(Protocol):
    """Something that can say what it is, so that a failed wait names it."""

    def describe(self) -> str:
        """Return what this is, for example "Deployment shop/web"."""


class Source(Changing, Protocol[T_co]):
    """A value that changes by itself, such as an object that is watched.

    Example:
        >>> from hamcrest import has_length
        >>> with WatchedObjects(kube, "v1", "Pod", "default") as pods:
        ...     eventually(pods, has_length(0), within=10)
        []
    """

    def read(self) -> T_co:
        """Return the value as it is now, without blocking."""


class StopCondition(Protocol):
    """Says that no future change can make an expectation true; it may be `Changing` and `Selective` too.

    Example:
        >>> from hamcrest import equal_to
        >>> def widget_is_broken():
        ...     return "the Widget broke"
        >>> eventually(lambda: 1, equal_to(2), within=60, stop_when=[widget_is_broken])
        Traceback (most recent call last):
        maidenhair.errors.WaitStopped: ...
    """

    def __call__(self) -> str | None:
        """Return the reason to stop, or None to go on."""


@runtime_checkable
class Selective(Protocol):
    """A stop condition that is not meant for every expectation."""

    def applies_to(self, matcher: Matcher[Any]) -> bool:
        """Return whether the condition may end a wait with this expectation."""


def conditions_for(
    matcher: Matcher[Any] | Any, conditions: Iterable[StopCondition]
) -> tuple[StopCondition, ...]:
    """Return the stop conditions that may end a wait with this expectation."""
    expected = wrap_matcher(matcher)
    return tuple(
        each for each in conditions if not isinstance(each, Selective) or each.applies_to(expected)
    )


class Listeners:
    """The `wake` functions that a source calls; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._wakes: list[Callable[[], None]] = []
        self._wakes_by_part: dict[Hashable, list[Callable[[], None]]] = {}

    @contextmanager
    def on_change(self, wake: Callable[[], None], part: Hashable = None) -> Iterator[None]:
        """Call `wake` while the context is entered: at every `notify`, or only at those about a part of the source."""
        with self._lock:
            wakes = self._wakes if part is None else self._wakes_by_part.setdefault(part, [])
            wakes.append(wake)
        try:
            yield
        finally:
            with self._lock:
                wakes.remove(wake)
                if part is not None and not wakes:
                    del self._wakes_by_part[part]

    def notify(self, parts: Iterable[Hashable] | None = None) -> None:
        """Call the `wake` functions: all of them, or only those that depend on one of the parts that changed."""
        with self._lock:
            if parts is None:
                parts = list(self._wakes_by_part)
            wakes = list(self._wakes)
            wakes += [wake for part in parts for wake in self._wakes_by_part.get(part, ())]
        for wake in wakes:
            wake()

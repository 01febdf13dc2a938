"""The values that a source had, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from threading import Lock
from types import TracebackType
from typing import Generic, Self, TypeVar

from maidenhair.errors import MaidenhairError
from maidenhair.waiting.sources import Described, Listeners, Source

Value = TypeVar("Value")
Picked = TypeVar("Picked")


class Recorded(Generic[Value, Picked]):
    """The values that a source has while this is entered: a context manager and a `Source` of their list.

    A value that equals the one before it is recorded once. Of changes that come at the same time the source may show
    only the last.

    Args:
        source: what to listen to.
        pick: returns the part of each value to record.
    """

    def __init__(self, source: Source[Value], pick: Callable[[Value], Picked]) -> None:
        self._source = source
        self._pick = pick
        self._lock = Lock()
        self._values: list[Picked] = []
        self._listeners = Listeners()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin, with the value that the source has now."""
        self._stack.enter_context(self._source.on_change(self._record))
        self._record()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening; the recorded values can still be read."""
        self._stack.close()

    def read(self) -> list[Picked]:
        """Return the recorded values, the first one first."""
        with self._lock:
            return list(self._values)

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every recorded value, while the context is entered."""
        return self._listeners.on_change(wake)

    def describe(self) -> str:
        """Return what the source is, if it says so."""
        return self._source.describe() if isinstance(self._source, Described) else ""

    def _record(self) -> None:
        with self._lock:
            try:
                picked = self._pick(self._source.read())
            except MaidenhairError:
                # The source is away for now; it notifies again when it is back.
                return
            if self._values and self._values[-1] == picked:
                return
            self._values.append(picked)
        self._listeners.notify()

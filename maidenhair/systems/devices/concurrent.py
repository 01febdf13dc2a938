"""Work on many objects: several at a time, with one watch for all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

from hamcrest import empty

from maidenhair.kube import Object
from maidenhair.kube.objects import Objects
from maidenhair.waiting import Source, StopCondition, eventually

AT_ONCE = 8
Item = TypeVar("Item")


def do_each(work: Callable[[Item], object], items: Iterable[Item]) -> None:
    """Call a function with each item, several at a time.

    Args:
        work: the function. The first exception that it raises is raised again.
        items: the items.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(work, items):
            pass


def wait_for_each(
    watched: Source[Objects],
    names: Collection[str],
    is_done: Callable[[Object], bool],
    *,
    within: float,
    described_as: str,
    stop_when: Sequence[StopCondition] = (),
) -> None:
    """Wait until each of the named objects has reached a state.

    Args:
        watched: a running watch that contains the objects.
        names: the names of the objects.
        is_done: returns whether an object has reached the state.
        within: seconds until the wait fails.
        described_as: the expectation in words, for messages.
        stop_when: conditions that end the wait early.

    Raises:
        WaitError: some objects did not reach the state in time, or a stop condition ended the wait. The message names
            these objects.
    """
    eventually(
        _Unfinished(watched, names, is_done),
        empty(),
        within=within,
        described_as=described_as,
        stop_when=stop_when,
    )


class _Unfinished:
    """The names of the objects that have not reached the state: a source for waits."""

    def __init__(
        self,
        watched: Source[Objects],
        names: Collection[str],
        is_done: Callable[[Object], bool],
    ) -> None:
        self._watched = watched
        self._names = names
        self._is_done = is_done

    def read(self) -> list[str]:
        """Return the names."""
        done = {each["metadata"]["name"] for each in self._watched.read() if self._is_done(each)}
        return [name for name in self._names if name not in done]

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change of a watched object while the context is entered."""
        return self._watched.on_change(wake)

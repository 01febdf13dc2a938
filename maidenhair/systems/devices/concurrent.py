"""Work on many objects: several at a time, and one watch that tells of all."""

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
    """Do something with each of some items, several at a time; what it raises is raised."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(work, items):
            pass


def wait_for_each(
    watched: Source[Objects],
    names: Collection[str],
    has_come: Callable[[Object], bool],
    *,
    within: float,
    described_as: str,
    stop_when: Sequence[StopCondition] = (),
) -> None:
    """Wait until each of some objects has come to something.

    Args:
        watched: what they are among; it is entered.
        names: their names.
        has_come: whether one has.
        within: seconds until giving up.
        described_as: what is waited for.
        stop_when: what makes it hopeless.

    Raises:
        WaitError: some had not in time, or it was hopeless; the text names them.
    """
    eventually(
        _Lacking(watched, names, has_come),
        empty(),
        within=within,
        described_as=described_as,
        stop_when=stop_when,
    )


class _Lacking:
    """The names of those that have not come to it: a source."""

    def __init__(
        self,
        watched: Source[Objects],
        names: Collection[str],
        has_come: Callable[[Object], bool],
    ) -> None:
        self._watched = watched
        self._names = names
        self._has_come = has_come

    def read(self) -> list[str]:
        """Return the names."""
        come = {each["metadata"]["name"] for each in self._watched.read() if self._has_come(each)}
        return [name for name in self._names if name not in come]

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change of what is watched while the context is entered."""
        return self._watched.on_change(wake)

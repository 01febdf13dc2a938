"""Lanes: makers of one lane work one after another, in the order in which their components are needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import PriorityQueue
from typing import Any

from maidenhair.clusters.toolchain.process import all_terminated


class Lane:
    """A thread that does one piece of work at a time, first what is needed first.

    Args:
        name: the name of the thread.
    """

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: PriorityQueue[tuple[int, Callable[[], Any]]] = PriorityQueue()

    def submit(self, position: int, work: Callable[[], Any]) -> Future[Any]:
        """Have a piece of work done, and return the result of one piece: of the first that waits when the lane is free.

        Args:
            position: the place in the order in which results are needed. Each is used once at a time.
            work: called in the lane's thread.
        """
        self._waiting.put((position, work))
        return self._executor.submit(self._do_first)

    def stop(self, wait: bool) -> None:
        """Begin nothing any more.

        Args:
            wait: whether to wait until the running work has ended.
        """
        self._executor.shutdown(wait=wait, cancel_futures=True)

    def _do_first(self) -> Any:
        _, work = self._waiting.get_nowait()
        return work()


@contextmanager
def open_lanes(names: Iterable[str], stopped: threading.Event) -> Iterator[Mapping[str, Lane]]:
    """Yield lanes by name. If the `with` block raises, stop downloads and terminate builds.

    Args:
        names: the names of the lanes.
        stopped: set to stop downloads.
    """
    lanes = {name: Lane(name) for name in names}
    try:
        yield lanes
    except BaseException:
        stopped.set()
        for lane in lanes.values():
            lane.stop(wait=False)
        # Ctrl-C reaches these programs too, but a signal to this process alone does not.
        with all_terminated():
            for lane in lanes.values():
                lane.stop(wait=True)
        raise
    for lane in lanes.values():
        lane.stop(wait=True)

"""Lists that concurrent callers share."""

from __future__ import annotations

import threading
from collections.abc import Callable


class SharedList:
    """Let concurrent callers share one list that starts after all of their calls."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._begun = 0
        self._done = 0
        self._running = False

    def run_fresh(self, do_list: Callable[[], None]) -> None:
        """Return once a list that started after this call is done. Run `do_list` unless another caller does."""
        with self._changed:
            before = self._begun
            while self._running and self._done <= before:
                self._changed.wait()
            if self._done > before:
                return
            self._running = True
            self._begun += 1
            number = self._begun
        try:
            do_list()
        except BaseException:
            number = 0
            raise
        finally:
            with self._changed:
                self._running = False
                self._done = max(self._done, number)
                self._changed.notify_all()


class SharedLists:
    """A `SharedList` for each name, which lasts as long as somebody uses it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists: dict[str, SharedList] = {}
        self._users: dict[str, int] = {}

    def run_fresh(self, name: str, do_list: Callable[[], None]) -> None:
        """Do what `SharedList.run_fresh` does, for the callers of a name."""
        with self._lock:
            shared = self._lists.setdefault(name, SharedList())
            self._users[name] = self._users.get(name, 0) + 1
        try:
            shared.run_fresh(do_list)
        finally:
            with self._lock:
                self._users[name] -= 1
                if not self._users[name]:
                    del self._lists[name], self._users[name]

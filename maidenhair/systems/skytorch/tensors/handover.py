"""Messages on their way from one thread to gRPC's, few at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from threading import Condition

MOST_WAITING = 8


class Handover:
    """An iterator of messages for gRPC, filled meanwhile; whoever fills it waits while `most` lie there.

    Args:
        most: how many messages wait at most.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._messages: deque[bytes] = deque()
        self._changed = Condition()
        self._is_closed = False

    def put(self, message: bytes) -> bool:
        """Add a message once there is room; tell whether there was: after the end there never is."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or len(self._messages) < self._most)
            if self._is_closed:
                return False
            self._messages.append(message)
            self._changed.notify_all()
            return True

    def close(self) -> None:
        """End: what waits is still given, and nothing more is taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._messages)
            if not self._messages:
                raise StopIteration
            message = self._messages.popleft()
            self._changed.notify_all()
            return message

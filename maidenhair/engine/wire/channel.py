"""Messages between the run and a worker, over a socket."""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("!Q")
_CHUNK = 1 << 18


class Channel:
    """Sends and receives messages, several in one frame.

    Args:
        connection: a stream socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._received = bytearray()
        self._ended = False

    def fileno(self) -> int:
        """Return the socket's file descriptor."""
        return self._socket.fileno()

    def send(self, *messages: object) -> None:
        """Send messages.

        Raises:
            OSError: the other end is gone.
        """
        self.send_pickled(pickle.dumps(messages, pickle.HIGHEST_PROTOCOL))

    def send_pickled(self, frame: bytes) -> None:
        """Send a pickled tuple of messages."""
        self._socket.sendall(_LENGTH.pack(len(frame)) + frame)

    def wait_for(self) -> list[Any]:
        """Wait for messages, and return them.

        Raises:
            EOFError: the other end is gone.
        """
        while True:
            messages = self._complete()
            if messages:
                return messages
            self._read(0)

    def received(self) -> list[Any]:
        """Return the messages that have arrived, without waiting.

        Raises:
            EOFError: the other end is gone, and nothing is left of its messages.
        """
        messages: list[Any] = []
        try:
            while self._read(socket.MSG_DONTWAIT) == _CHUNK:
                messages += self._complete()
        except BlockingIOError:
            pass
        except (EOFError, OSError):
            if not self._received and not messages:
                raise EOFError from None
        return messages + self._complete()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _read(self, flags: int) -> int:
        data = self._socket.recv(_CHUNK, flags)
        if not data:
            raise EOFError
        self._received += data
        return len(data)

    def _complete(self) -> list[Any]:
        messages: list[Any] = []
        begin, buffer = 0, self._received
        while len(buffer) >= begin + _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer, begin)
            end = begin + _LENGTH.size + length
            if len(buffer) < end:
                break
            messages += pickle.loads(memoryview(buffer)[begin + _LENGTH.size : end])
            begin = end
        del buffer[:begin]
        return messages

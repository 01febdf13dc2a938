"""Limits for the duration and the size of diagnostics."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from maidenhair.errors import KubernetesError

T = TypeVar("T")
U = TypeVar("U")
MARK = "… beginning omitted: {} bytes over the size limit of diagnostics …\n"


class Budget:
    """A limit of time and size for diagnostics. Data that cannot be collected is recorded instead of raised.

    Args:
        seconds: the time limit, from now.
        size: the size limit of all files, in bytes.

    Attributes:
        missing: a line for each item that could not be collected, with the reason.
    """

    def __init__(self, seconds: float, size: int) -> None:
        self.missing: list[str] = []
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._bytes_left = size

    def fetch(self, description: str, fetch: Callable[[], T], fallback: U) -> T | U:
        """Fetch data within the time limit.

        Args:
            description: a short description of the data, for `missing`.
            fetch: returns the data. An error is recorded in `missing`.
            fallback: the result if `fetch` fails or does not return in time.
        """
        results: list[T] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                results.append(fetch())
            except Exception as error:  # recorded below: diagnostics must not hide the failure
                errors.append(error)

        seconds_left = self._end - time.monotonic()
        if seconds_left > 0:
            # In a thread, because a server that hangs must not exceed the time limit.
            thread = threading.Thread(target=run, name=f"diagnose {description}", daemon=True)
            thread.start()
            thread.join(seconds_left)
        if results:
            return results[0]
        if errors:
            self.record(description, errors[0])
        else:
            self.missing.append(f"{description}: time limit of {self._seconds:g} s reached")
        return fallback

    def record(self, description: str, error: Exception) -> None:
        """Record an error of collecting data.

        Args:
            description: a short description of the data.
            error: the error. The message of a KubernetesError says what was attempted.
        """
        if isinstance(error, KubernetesError):
            self.missing.append(str(error))
        else:
            self.missing.append(f"{description}: {type(error).__name__}: {error}")

    def write(self, file: Path, text: str) -> None:
        """Write a text. If it exceeds the size limit, write only its end.

        Raises:
            OSError: the file could not be written.
        """
        data = text.encode(errors="backslashreplace")
        if len(data) > self._bytes_left:
            excess = len(data) - self._bytes_left
            self.missing.append(
                f"{file.name}: beginning omitted, {excess} bytes over the size limit"
            )
            data = _end_of(data, self._bytes_left)
        self._bytes_left -= len(data)
        if data:
            file.write_bytes(data)


def _end_of(data: bytes, size: int) -> bytes:
    mark = MARK.format(len(data) - size).encode()
    room = size - len(mark)
    if room <= 0:
        return b""
    # The cut may split a character.
    return mark + data[-room:].decode("utf-8", errors="ignore").encode()

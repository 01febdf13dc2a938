"""How long diagnostics may take, and how large they may be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from maidenhair.errors import KubernetesError

T = TypeVar("T")
U = TypeVar("U")
MARK = "… {} bytes before this are left out: the size that diagnostics may have is reached …\n"


class Budget:
    """What is left of a time and a size; what could not be had is noted rather than raised.

    Args:
        seconds: how long everything may take, from now on.
        size: how many bytes may be written.

    Attributes:
        missing: what could not be had, and why.
    """

    def __init__(self, seconds: float, size: int) -> None:
        self.missing: list[str] = []
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._left = size

    def ask(self, what: str, ask: Callable[[], T], otherwise: U) -> T | U:
        """Return an answer, or `otherwise` where there is none within the time.

        Args:
            what: what is asked for, in a few words.
            ask: asks for it; a KubernetesError is noted.
            otherwise: what takes its place.
        """
        answers: list[T] = []
        problems: list[BaseException] = []

        def answer() -> None:
            try:
                answers.append(ask())
            except BaseException as error:  # raised where it is waited for
                problems.append(error)

        left = self._end - time.monotonic()
        if left > 0:
            # A server that hangs must not take more than the time that is left.
            thread = threading.Thread(target=answer, name=f"diagnose {what}", daemon=True)
            thread.start()
            thread.join(left)
        if answers:
            return answers[0]
        if not problems:
            self.missing.append(
                f"{what}: the {self._seconds:g} s that diagnostics may take are over"
            )
        elif isinstance(problems[0], KubernetesError):
            self.missing.append(str(problems[0]))
        else:
            raise problems[0]
        return otherwise

    def write(self, file: Path, text: str) -> None:
        """Write a text, or as much of its end as the size allows."""
        data = text.encode()
        if len(data) > self._left:
            self.missing.append(f"{file.name}: {len(data) - self._left} bytes of it are too many")
            data = _end_of(data, self._left)
        self._left -= len(data)
        if data:
            file.write_bytes(data)


def _end_of(data: bytes, size: int) -> bytes:
    mark = MARK.format(len(data) - size).encode()
    room = size - len(mark)
    if room <= 0:
        return b""
    # The cut may be within a character.
    return mark + data[-room:].decode("utf-8", errors="ignore").encode()

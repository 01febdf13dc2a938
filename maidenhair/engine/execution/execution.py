"""How the units of a run are executed: in the process itself, or in workers."""

from __future__ import annotations

from types import FrameType
from typing import Protocol


class Execution(Protocol):
    """A way to run units: in the process itself, or in workers.

    Signal handlers and the thread that watches limits call all methods but `run`.
    """

    def run(self) -> None:
        """Run the units, and pass the results to formatters and reporters."""

    def skip_cleanups(self) -> None:
        """End everything at once, at the second signal."""

    def kill(self) -> None:
        """End the processes of the run, at the last signal."""

    def end_overdue(self, reason: str) -> None:
        """End a spec of this process that ignores its limit."""

    def make_room(self) -> None:
        """Take a display away for a message that bypasses Python's streams."""

    def report_progress(self, frame: FrameType | None) -> None:
        """Write what runs at the moment to standard error; `frame` is the main thread's."""

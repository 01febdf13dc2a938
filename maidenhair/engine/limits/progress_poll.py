"""Reports of a long-running spec in the process itself, from time to time."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from maidenhair.engine.limits.time_limits import Guard


@contextmanager
def poll_progress(guard: Guard, after: float | None) -> Iterator[None]:
    """Write the location of a spec of this process to standard error once it ran for so long, and again after as long.

    Args:
        guard: knows the spec and its location.
        after: seconds; None writes nothing.
    """
    if after is None:
        yield
        return
    ended = threading.Event()

    def watch() -> None:
        reported = 0.0
        while not ended.wait(after / 10):
            now = time.monotonic()
            if guard.spec and now - max(reported, guard.spec_since) > after:
                reported = now
                elapsed = now - guard.spec_since
                text = f"{guard.spec}, for {elapsed:.1f} s\n{guard.where()}"
                print(text, file=sys.__stderr__, flush=True)

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

"""Cleanups that shall not run: neither now nor when Python lets go of them."""

from __future__ import annotations

import threading


def hold_for_ever(*held: object) -> None:
    """Keep objects from being collected for as long as the process lives.

    A context manager that is written as a generator runs its ending when it is collected, also at the end of the
    process. What a daemon thread holds on its stack is never collected.
    """

    def hold(*_: object) -> None:
        threading.Event().wait()

    threading.Thread(target=hold, args=held, name="suspended cleanups", daemon=True).start()

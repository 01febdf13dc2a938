"""Commands for the container of a Compute, in place of its server's."""

from __future__ import annotations

_SLEEP = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
while True:
    signal.pause()
"""

IDLE = ("python", "-c", _SLEEP)
"""Does nothing until it is told to end: there is a pod, but no server that could be ready, and next to no cost."""

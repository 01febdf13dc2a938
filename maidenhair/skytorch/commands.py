"""Commands for the container of a Compute, in place of its server's."""

from __future__ import annotations

from maidenhair.skytorch.program import source_of

_SLEEP = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
while True:
    signal.pause()
"""

IDLE = ("python", "-c", _SLEEP)
"""Does nothing until it is told to end: there is a pod, but no server that could be ready, and next to no cost."""

HEALTHY = ("python", "-c", source_of("serve_health"))
"""Serves its health alone: the Compute is ready in a moment, at a tenth of what importing torch costs."""

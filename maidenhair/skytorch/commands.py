"""Commands for the container of a Compute, in place of its server's."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from maidenhair.skytorch import simulated_gpu

_SLEEP = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
while True:
    signal.pause()
"""

IDLE = ("python", "-c", _SLEEP)
"""Does nothing until it is told to end: there is a pod, but no server that could be ready, and next to no cost."""

WITH_GPU = ("python", "-c", inspect.getsource(simulated_gpu))
"""Serves as ever, and tells the metrics of a simulated GPU; needs WITH_GPU_ENVIRONMENT."""

WITH_GPU_ENVIRONMENT: Mapping[str, str] = {"SKYTORCH_METRICS_SOURCES": "nvidia-gpu"}

"""Commands for the container of a Compute, in place of its server's."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from maidenhair.systems.skytorch.sdk.run_program import source_of
from maidenhair.systems.skytorch.workloads import simulated_gpu

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

_TELL = """
import json, os, sys
print(json.dumps({"variables": dict(os.environ), "arguments": sys.argv[1:]}), flush=True)
"""

TELL = ("python", "-c", _TELL + _SLEEP)
"""Writes what its container sees, as a line of JSON: "variables" and "arguments"; then it is idle."""

_COUNT = """
import json, pathlib, sys
try:
    with pathlib.Path(sys.argv[1], "starts").open("a") as starts:
        starts.write(".")
        told = {"starts": starts.tell()}
except OSError as error:
    told = {"error": error.strerror}
print(json.dumps(told), flush=True)
"""

COUNT = ("python", "-c", _COUNT + _SLEEP)
"""Takes a folder, and counts there how often it was started; writes "starts", or why it could not as "error"."""

HEALTHY = ("python", "-c", source_of("serve_health"))
"""Serves its health alone: the Compute is ready in a moment, at a tenth of what importing torch costs."""

"""Commands for the container of a Compute, in place of its server's."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any

from maidenhair.errors import ConfigurationError
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

_CONTAINERS: Mapping[str, Sequence[str]] = {
    "answers health checks only": HEALTHY,
    "does nothing": IDLE,
    "prints its environment": TELL,
    "counts its starts in (/\\S+)": COUNT,
    "simulates a GPU": WITH_GPU,
}


def container_settings(purpose: str) -> list[tuple[str, Any]]:
    """Return the settings of a Compute whose container serves a purpose other than SkyTorch's server.

    Args:
        purpose: the purpose in words, for example "does nothing" or "counts its starts in /models".

    Returns:
        Pairs of a setting and a value, as `spec_of` takes them.

    Raises:
        ConfigurationError: no container serves the purpose; the text lists those that exist.

    Example:
        >>> [setting for setting, _ in container_settings("counts its starts in /models")]
        ['field command', 'field args']
    """
    for pattern, command in _CONTAINERS.items():
        if found := re.fullmatch(pattern, purpose):
            settings: list[tuple[str, Any]] = [("field command", list(command))]
            if found.groups():
                settings.append(("field args", list(found.groups())))
            if command == WITH_GPU:
                pairs = WITH_GPU_ENVIRONMENT.items()
                settings += [(f"variable {name}", value) for name, value in pairs]
            return settings
    known = ", ".join(each.replace("(/\\S+)", "FOLDER") for each in _CONTAINERS)
    raise ConfigurationError(f"no container {purpose!r}; choose one of: {known}")


def printed_facts(printed: Mapping[str, Any]) -> dict[str, str]:
    """Return what one of these containers printed, as `ServerPods.told` gives it, as texts by their names.

    Example:
        >>> printed_facts({"variables": {"COLOUR": "green"}, "arguments": ["--verbose", "twice"]})
        {'variable COLOUR': 'green', 'arguments': '--verbose twice'}
        >>> printed_facts({"starts": 2})
        {'starts': '2'}
    """
    facts: dict[str, str] = {}
    for name, value in printed.items():
        if isinstance(value, Mapping):
            facts |= {f"variable {each}": text for each, text in value.items()}
        else:
            facts[name] = " ".join(value) if isinstance(value, list) else str(value)
    return facts

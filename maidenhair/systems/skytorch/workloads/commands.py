"""Commands for the container of a Compute that replace SkyTorch's server."""

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
"""Do nothing until SIGTERM. The Compute has a pod, but never becomes Ready, at almost no cost."""

WITH_GPU = ("python", "-c", inspect.getsource(simulated_gpu))
"""Run SkyTorch's server with the metrics of a simulated GPU. Needs WITH_GPU_ENVIRONMENT."""

WITH_GPU_ENVIRONMENT: Mapping[str, str] = {"SKYTORCH_METRICS_SOURCES": "nvidia-gpu"}

_PRINT = """
import json, os, sys
print(json.dumps({"variables": dict(os.environ), "arguments": sys.argv[1:]}), flush=True)
"""

PRINT = ("python", "-c", _PRINT + _SLEEP)
"""Print the container's "variables" and "arguments" as a line of JSON, and do nothing until SIGTERM."""

_COUNT = """
import json, pathlib, sys
try:
    with pathlib.Path(sys.argv[1], "starts").open("a") as starts:
        starts.write(".")
        printed = {"starts": starts.tell()}
except OSError as error:
    printed = {"error": error.strerror}
print(json.dumps(printed), flush=True)
"""

COUNT = ("python", "-c", _COUNT + _SLEEP)
"""Count the starts in a file of a folder, the argument, and print "starts", or "error" if writing there failed."""

HEALTHY = ("python", "-c", source_of("serve_health"))
"""Answer health checks only. The Compute is ready soon, at a tenth of the cost of importing torch."""

_CONTAINERS: Mapping[str, Sequence[str]] = {
    "answers health checks only": HEALTHY,
    "does nothing": IDLE,
    "prints its environment": PRINT,
    "counts its starts in (/\\S+)": COUNT,
    "simulates a GPU": WITH_GPU,
}


def container_settings(purpose: str) -> list[tuple[str, Any]]:
    """Return the settings of a Compute whose container has a purpose other than SkyTorch's server.

    Args:
        purpose: the purpose in a feature, for example "does nothing" or "counts its starts in /models".

    Returns:
        Pairs of a setting and a value, for `spec_of`.

    Raises:
        ConfigurationError: no container has the purpose. The text lists the existing ones.

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
    raise ConfigurationError(f"no container has the purpose {purpose!r}; choose one of: {known}")


def printed_facts(printed: Mapping[str, Any]) -> dict[str, str]:
    """Return the output of one of these containers as texts by name.

    Args:
        printed: the output, from `ServerPods.printed`.

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

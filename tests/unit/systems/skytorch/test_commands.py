"""Commands for containers: each runs where nothing of this package is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.workloads.commands import (
    COUNT,
    IDLE,
    TELL,
    WITH_GPU,
    WITH_GPU_ENVIRONMENT,
    container_settings,
    printed_facts,
)
from tests.conftest import imported

UP = "print('up', flush=True)\n"
SERVER = """
from skytorch.server.nvidia.metrics import NvidiaGPUMetricsSource
source = NvidiaGPUMetricsSource()
for each in source.collect(metric_names=["gpu.utilization.compute", "gpu.memory.used", "gpu.power.usage"]):
    print(each.name, each.value, each.unit, each.labels["gpu_name"])
source.cleanup()
"""


def test_idling_ends_when_it_is_told_to() -> None:
    text = IDLE[2].replace("while True:", f"{UP}while True:")
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True) as idle:
        assert idle.stdout is not None
        assert idle.stdout.readline() == "up\n"
        idle.send_signal(signal.SIGTERM)
        assert idle.wait(30) == 0


def test_the_simulated_gpu_has_what_the_metrics_of_a_server_ask_for(tmp_path: Path) -> None:
    imported("skytorch.server.nvidia.metrics")
    told = run(WITH_GPU, tmp_path)

    # In which order they are told is the source's own affair.
    assert sorted(told.splitlines()) == [
        "gpu.memory.used 3221225472.0 bytes Simulated GPU",
        "gpu.power.usage 120.0 watts Simulated GPU",
        "gpu.utilization.compute 40.0 percent Simulated GPU",
    ]


def test_a_container_tells_its_variables_and_arguments() -> None:
    seen = told(TELL, "--verbose", "two words", COLOUR="green")
    assert seen["arguments"] == ["--verbose", "two words"]
    assert seen["variables"]["COLOUR"] == "green"


def test_starts_are_counted_in_a_folder(tmp_path: Path) -> None:
    assert told(COUNT, str(tmp_path)) == {"starts": 1}
    assert told(COUNT, str(tmp_path)) == {"starts": 2}


def test_a_folder_in_which_nothing_can_be_counted_is_told_with_the_reason(tmp_path: Path) -> None:
    assert told(COUNT, str(tmp_path / "absent")) == {"error": "No such file or directory"}


@pytest.mark.parametrize("command", [IDLE, TELL, COUNT, WITH_GPU])
def test_a_command_needs_nothing_of_this_package(command: Sequence[str]) -> None:
    assert "maidenhair" not in command[2]


def run(command: Sequence[str], folder: Path) -> str:
    """Run a command with its server replaced by `SERVER`, and return what it printed."""
    module = folder / "stand_in_server.py"
    module.write_text(SERVER)
    text = command[2].replace("skytorch.torch.server", "stand_in_server")
    done = subprocess.run(
        [sys.executable, "-c", text],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def told(command: tuple[str, ...], *arguments: str, **variables: str) -> Any:
    """Return what a program tells, and see that it goes on until it is told to end, and ends then."""
    _, option, program = command
    process = subprocess.Popen(
        [sys.executable, option, program, *arguments],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert process.poll() is None
        process.terminate()
        assert process.stdout.read() == ""
    return json.loads(line)


@pytest.mark.parametrize(
    ("purpose", "settings"),
    [
        ("does nothing", [("field command", list(IDLE))]),
        ("prints its environment", [("field command", list(TELL))]),
        (
            "counts its starts in /models",
            [("field command", list(COUNT)), ("field args", ["/models"])],
        ),
        (
            "simulates a GPU",
            [
                ("field command", list(WITH_GPU)),
                *((f"variable {name}", value) for name, value in WITH_GPU_ENVIRONMENT.items()),
            ],
        ),
    ],
)
def test_a_purpose_of_a_container_becomes_settings(
    purpose: str, settings: list[tuple[str, Any]]
) -> None:
    assert container_settings(purpose) == settings


def test_a_purpose_that_does_not_exist_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ConfigurationError, match=r"'sings'; .* counts its starts in FOLDER,"):
        container_settings("sings")


def test_an_error_of_a_container_is_a_fact() -> None:
    assert printed_facts({"error": "Read-only file system"}) == {"error": "Read-only file system"}

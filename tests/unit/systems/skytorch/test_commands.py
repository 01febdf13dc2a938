"""Commands for containers. Each runs without this package."""

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
    PRINT,
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


def test_an_idle_container_ends_after_sigterm() -> None:
    text = IDLE[2].replace("while True:", f"{UP}while True:")
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True) as idle:
        assert idle.stdout is not None
        assert idle.stdout.readline() == "up\n"
        idle.send_signal(signal.SIGTERM)
        assert idle.wait(30) == 0


def test_the_servers_metrics_can_read_the_simulated_gpu(tmp_path: Path) -> None:
    imported("skytorch.server.nvidia.metrics")
    output = run(WITH_GPU, tmp_path)

    # The order of metrics is not defined.
    assert sorted(output.splitlines()) == [
        "gpu.memory.used 3221225472.0 bytes Simulated GPU",
        "gpu.power.usage 120.0 watts Simulated GPU",
        "gpu.utilization.compute 40.0 percent Simulated GPU",
    ]


def test_a_container_prints_its_variables_and_arguments() -> None:
    seen = printed_by(PRINT, "--verbose", "two words", COLOUR="green")
    assert seen["arguments"] == ["--verbose", "two words"]
    assert seen["variables"]["COLOUR"] == "green"


def test_starts_are_counted_in_a_folder(tmp_path: Path) -> None:
    assert printed_by(COUNT, str(tmp_path)) == {"starts": 1}
    assert printed_by(COUNT, str(tmp_path)) == {"starts": 2}


def test_the_reason_is_printed_if_a_start_cannot_be_counted(tmp_path: Path) -> None:
    assert printed_by(COUNT, str(tmp_path / "absent")) == {"error": "No such file or directory"}


@pytest.mark.parametrize("command", [IDLE, PRINT, COUNT, WITH_GPU])
def test_a_command_needs_nothing_of_this_package(command: Sequence[str]) -> None:
    assert "maidenhair" not in command[2]


def run(command: Sequence[str], folder: Path) -> str:
    """Run a command with its server replaced by `SERVER`, and return its output."""
    module = folder / "stand_in_server.py"
    module.write_text(SERVER)
    text = command[2].replace("skytorch.torch.server", "stand_in_server")
    done = subprocess.run(
        [sys.executable, "-c", text],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def printed_by(command: tuple[str, ...], *arguments: str, **variables: str) -> Any:
    """Return the line that a program prints, and check that it then runs until SIGTERM and ends without output."""
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
        ("prints its environment", [("field command", list(PRINT))]),
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


def test_an_unknown_purpose_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"'sings'; .* counts its starts in FOLDER,"):
        container_settings("sings")


def test_an_error_of_a_container_is_a_fact() -> None:
    assert printed_facts({"error": "Read-only file system"}) == {"error": "Read-only file system"}

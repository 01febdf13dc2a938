"""The programs that containers of Computes run in place of the server, run here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from maidenhair.skytorch.commands import COUNT, TELL


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


def test_a_container_tells_its_variables_and_arguments() -> None:
    seen = told(TELL, "--verbose", "two words", COLOUR="green")
    assert seen["arguments"] == ["--verbose", "two words"]
    assert seen["variables"]["COLOUR"] == "green"


def test_starts_are_counted_in_a_folder(tmp_path: Path) -> None:
    assert told(COUNT, str(tmp_path)) == {"starts": 1}
    assert told(COUNT, str(tmp_path)) == {"starts": 2}


def test_a_folder_in_which_nothing_can_be_counted_is_told_with_the_reason(tmp_path: Path) -> None:
    assert told(COUNT, str(tmp_path / "absent")) == {"error": "No such file or directory"}

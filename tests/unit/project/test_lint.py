"""Run `make lint` beside the other tests, because mypy takes long."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# What a make that runs the tests tells those that it starts would be taken for this one's.
OF_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")


@pytest.mark.timeout(900)
def test_the_code_is_formatted_in_style_typed_and_alive() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
    done = subprocess.run(
        ["make", "lint"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"

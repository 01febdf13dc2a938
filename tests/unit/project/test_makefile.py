"""The Makefile passes settings on under their names, if they are its arguments."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHORT_NAMES = {
    "KUBERNETES_VERSION": "MAIDENHAIR_KUBERNETES_VERSION",
    "OPERATOR": "MAIDENHAIR_SKYTORCH_OPERATOR",
    "OPERATOR_IMAGE": "MAIDENHAIR_SKYTORCH_OPERATOR_IMAGE",
    "OPERATOR_MANIFESTS": "MAIDENHAIR_SKYTORCH_OPERATOR_MANIFESTS",
    "HAMI_IMAGE": "MAIDENHAIR_DEVICES_HAMI_IMAGE",
    "HAMI_CHART": "MAIDENHAIR_DEVICES_HAMI_CHART",
}


def environment_of_commands(*arguments: str, **environment: str) -> list[str]:
    """Return the environment of commands in the Makefile."""
    # A make that runs these tests would pass its own arguments on.
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    shown = subprocess.run(
        ["make", "--eval=show:;@env", "show", *arguments],
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return shown.stdout.splitlines()


@pytest.mark.parametrize(("short", "variable"), SHORT_NAMES.items())
def test_a_setting_by_its_short_name_is_passed_on(short: str, variable: str) -> None:
    value = "https://example.org/a?b=c d"
    assert f"{variable}={value}" in environment_of_commands(f"{short}={value}")


def test_a_short_name_in_the_environment_may_be_anybodys() -> None:
    seen = environment_of_commands(**dict.fromkeys(SHORT_NAMES, "x"))
    names = {line.partition("=")[0] for line in seen}
    assert names >= set(SHORT_NAMES)
    assert not names & set(SHORT_NAMES.values())

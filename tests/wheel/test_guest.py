"""The guest project in tests/guests/minimal, with a system of its own, run from the wheel."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project import ROOT
from tests.wheel.installation import Installation
from tests.wheel.machine import Machine

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("dead_clusters"),
    pytest.mark.xdist_group("guest"),
]
GUEST = ROOT / "tests/guests/minimal"
PAGE = ROOT / "docs/writing-a-system.md"
OF_SYSTEMS = """
from importlib.util import find_spec
print(*(name for name in ("grpc", "skytorch", "torch") if find_spec(name)))
"""


@pytest.fixture(scope="module")
def guest(installed: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Return a machine with a copy of the guest project, and a cluster without nodes."""
    folder = tmp_path_factory.mktemp("guest")
    hidden = shutil.ignore_patterns("__pycache__", ".*", "artifacts")
    project = Path(shutil.copytree(GUEST, folder / "project", ignore=hidden))
    machine = Machine(installed, folder, "api", project)
    with machine.cluster():
        yield machine


def test_a_system_of_a_guest_is_deployed_discovered_and_passed_to_steps(guest: Machine) -> None:
    for command in ("behave", "maidenhair run", "maidenhair run -j 2"):
        printed = guest.run(command)
        assert "1 passed, 0 failed, 1 skipped" in printed


def test_a_failure_names_the_widget_and_its_last_state(guest: Machine) -> None:
    done = guest.try_to_run("maidenhair run --tags=@red")
    assert done.returncode == 1, done.stdout + done.stderr
    # The names of namespaces end in random digits.
    output = re.sub(r"-[0-9a-f]{6}/lamp", "-1b08fc/lamp", done.stdout)
    printed = [line.strip() for line in output.splitlines()]
    [shown] = re.findall(r"(?ms)^```text\n(.*?)^```", PAGE.read_text())
    assert [line for line in shown.splitlines() if line.strip() not in printed] == []
    assert "not available" not in done.stdout


def test_a_guest_s_system_can_be_removed_and_deployed_again(guest: Machine) -> None:
    for command, line in (
        ("maidenhair cluster undeploy", "lacks"),
        ("maidenhair cluster up --deploy", "can  "),
    ):
        guest.run(command)
        report = guest.run("maidenhair cluster discover")
        [found] = re.findall(rf"(?m)^  {line} .*$", report)
        assert "widgets" in found.replace(",", "").split()


def test_requirements_of_our_systems_are_not_installed(
    guest: Machine, installed: Installation, tmp_path: Path
) -> None:
    assert installed.python_says(OF_SYSTEMS, tmp_path) == ""
    assert guest.refused == ""

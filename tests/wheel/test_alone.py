"""The installed wheel, without a checkout, a system under test, or packages that only systems need."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import unavailable
from tests.wheel.installation import Installation, install, locked_versions
from tests.wheel.project import PLAIN_FEATURE, PLAIN_STEPS, write_project

# The first time, packages are downloaded.
pytestmark = pytest.mark.timeout(600)
# Of the rooms, docgen alone names systems of maidenhair's own: it makes the pages about them.
ROOMS = (
    "_util",
    "cli",
    "clusters",
    "config",
    "discovery",
    "engine",
    "kube",
    "report",
    "suite",
    "waiting",
)
IMPORT = """
import sys
before = set(sys.modules)
import maidenhair
new = {name.partition(".")[0] for name in sys.modules.keys() - before}
print(*(new - set(sys.stdlib_module_names) - {"maidenhair"}))
"""
IMPORT_ALL = """
import importlib.util, pkgutil, sys
for room in sys.argv[1:]:
    package = importlib.import_module(f"maidenhair.{room}")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not any(each in module.name for each in (".programs.", "__main__")):
            importlib.import_module(module.name)
print(*filter(importlib.util.find_spec, ("torch", "grpc", "skytorch")))
"""
DATA = """
from maidenhair._util.data import data_folder
for name in ("images/server", "kind", "manifests/rbac", "standins", "toolchain"):
    print(data_folder(name))
"""


@pytest.fixture(scope="module")
def without_systems(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return an installation without its systems."""
    folder = tmp_path_factory.mktemp("without-systems")
    constraints = str(locked_versions(folder))
    installation = install(folder / "environment", [str(wheel), "--constraint", constraints])
    for each in (installation.package / "systems").iterdir():
        if each.is_dir():
            shutil.rmtree(each)
    return installation


def interpreters() -> list[str]:
    """Return the oldest and the newest Python of this machine that maidenhair runs on, this one excepted."""
    names = [f"python3.{minor}" for minor in range(11, 15)]
    versions = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser() / "versions"
    found = {}
    for name in names:
        known = [*versions.glob(f"3.{name.rpartition('.')[2]}.*/bin/{name}"), shutil.which(name)]
        works = [str(each) for each in known if each and _runs(str(each))]
        if works and name != f"python{sys.version_info.major}.{sys.version_info.minor}":
            found[name] = works[0]
    return list(dict.fromkeys([*list(found.values())[:1], *list(found.values())[-1:]]))


def _runs(python: str) -> bool:
    command = [python, "-c", "import ensurepip, venv"]
    return subprocess.run(command, capture_output=True).returncode == 0


def test_importing_maidenhair_loads_no_other_package(
    installed: Installation, tmp_path: Path
) -> None:
    assert installed.python_says(IMPORT, tmp_path) == ""


def test_data_is_found_in_the_package(installed: Installation, tmp_path: Path) -> None:
    folders = installed.python_says(DATA, tmp_path).splitlines()
    assert [Path(each).is_relative_to(installed.package / "data") for each in folders] == [True] * 5


def test_a_cluster_needs_the_toolchain_but_nothing_of_a_system(
    installed: Installation, tmp_path: Path
) -> None:
    command = ("maidenhair", "doctor", "--json", "--profile", "node", "--provider", "embedded")
    done = installed.run(*command, folder=tmp_path)
    assert done.stdout.startswith("{"), done.stderr
    names = {each["name"] for each in json.loads(done.stdout)["components"]}
    assert names >= {"etcd", "kubelet", "containerd", "pause"}
    assert names & {"contour", "device-query", "envoy", "helm", "kwok", "skytorch-python"} == set()


def test_the_framework_can_be_imported_without_systems(
    without_systems: Installation, tmp_path: Path
) -> None:
    command = (without_systems.python, "-c", IMPORT_ALL, *ROOMS)
    done = without_systems.run(*command, folder=tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("", "")


@pytest.mark.parametrize("command", [("behave",), ("maidenhair", "run", "-j", "2")], ids=" ".join)
def test_a_plain_suite_runs_without_systems(
    without_systems: Installation, tmp_path: Path, command: tuple[str, ...]
) -> None:
    project = write_project(tmp_path, PLAIN_FEATURE, PLAIN_STEPS)
    done = without_systems.run(*command, folder=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search("^2 (scenarios )?passed, 0 failed", done.stdout, re.MULTILINE)


def test_other_pythons_can_install_it(wheel: Path, tmp_path: Path) -> None:
    others = interpreters()
    if not others:
        unavailable("no other Python from 3.11 to 3.14 is on this machine")
    arguments = [str(wheel), "--constraint", str(locked_versions(tmp_path))]
    for number, python in enumerate(others):
        installation = install(tmp_path / str(number), arguments, python)
        command = (installation.python, "-c", IMPORT_ALL, *ROOMS)
        done = installation.run(*command, folder=tmp_path)
        assert done.returncode == 0, f"{python}: {done.stderr}"
        done = installation.run("maidenhair", "--version", folder=tmp_path)
        assert done.stdout.startswith("maidenhair, version "), f"{python}: {done.stderr}"


@pytest.mark.parametrize("system", ["devices", "skytorch"])
def test_the_extra_of_a_system_brings_what_it_imports(
    system: str, wheel: Path, tmp_path: Path
) -> None:
    constraints = str(locked_versions(tmp_path))
    requirement = f"{wheel}[{system}]"
    installation = install(tmp_path / "environment", [requirement, "--constraint", constraints])
    command = (installation.python, "-c", IMPORT_ALL, f"systems.{system}")
    done = installation.run(*command, folder=tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("grpc", "")


def test_a_system_without_its_extra_says_how_to_install_it(
    installed: Installation, tmp_path: Path
) -> None:
    command = ("maidenhair", "cluster", "status", "--systems", "skytorch")
    done = installed.run(*command, folder=tmp_path)
    assert done.returncode == 2
    assert "pip install maidenhair[skytorch]" in done.stderr

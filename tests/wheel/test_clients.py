"""The core with the oldest packages that it may be installed with, and with the newest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.project import ROOT
from tests.wheel.installation import Installation, install, project_table

# The first time, packages are downloaded; the client's tests take minutes.
pytestmark = pytest.mark.timeout(900)
AGES = {"oldest": "lowest-direct", "newest": "highest"}
CLIENT = re.compile(r"kubernetes>=(?P<oldest>\d+),<(?P<above>\d+)")
IMPORT_CLIENT = """
import importlib, pkgutil, kubernetes, maidenhair.kube
for module in pkgutil.walk_packages(maidenhair.kube.__path__, "maidenhair.kube."):
    importlib.import_module(module.name)
print(kubernetes.__version__.partition(".")[0])
"""
TESTS = ("tests/unit/kube", "tests/cluster/kube/test_client.py")


@pytest.fixture(params=AGES)
def age(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def aged(age: str, wheel: Path, tmp_path: Path) -> Installation:
    """Return an installation with the oldest or the newest packages, instead of those that are locked."""
    core = project_table()["dependencies"]
    resolution = ["--resolution", AGES[age]]
    return install(tmp_path / "environment", [str(wheel), *core, *resolution])


def test_the_client_s_modules_can_be_imported(aged: Installation, age: str, tmp_path: Path) -> None:
    [bounds] = filter(None, map(CLIENT.fullmatch, project_table()["dependencies"]))
    expected = {"oldest": int(bounds["oldest"]), "newest": int(bounds["above"]) - 1}[age]
    assert int(aged.python_says(IMPORT_CLIENT, tmp_path)) == expected


@pytest.mark.long
def test_the_client_s_tests_succeed(aged: Installation, age: str) -> None:
    extras = project_table()["optional-dependencies"]
    needed = [*extras["cel"], *extras["dev"], *extras["skytorch"], "packaging"]
    # What is there satisfies them, and stays; the pin of the client is SkyTorch's.
    aged.add([each for each in needed if not each.startswith("kubernetes")])
    command = ("-m", "pytest", "--quiet", "-p", "no:cacheprovider", *TESTS)
    done = aged.run(aged.python, *command, folder=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed in ", done.stdout, re.MULTILINE)

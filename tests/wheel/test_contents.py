"""The files in the wheel, and the requirements in its metadata."""

from __future__ import annotations

import ast
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project import ROOT
from tests.wheel.installation import build

DATA = "maidenhair/data/"
CARRIED = ("images/server", "kind", "manifests", "standins", "toolchain")
LEFT_OUT = {
    "standins/hami_scheduler/README.md",
    "standins/hami_scheduler/requirements.in",
    "standins/skytorch_operator/README.md",
    "standins/skytorch_operator/requirements.in",
    "toolchain/python/bootstrap.py",
    "toolchain/python/constraints.txt",
    "toolchain/python/lock.py",
    "toolchain/python/renew.py",
    "toolchain/python/requirements-dev.txt",
    "toolchain/python/requirements-skytorch-before.txt",
    "toolchain/python/requirements-uv.txt",
}
# pydantic tells its users to import errors from the package that it is made of.
PARTS = {"pydantic-core": "pydantic"}
# What the package imports only if a suite uses it.
OF_A_SUITE = {"allure-python-commons"}
OF_A_SYSTEM = {"grpcio", "grpcio-tools", "pip", "protobuf", "skytorch", "torch"}


@pytest.fixture(scope="module")
def contents(wheel: Path) -> dict[str, bytes]:
    """Return the wheel's files by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def metadata(contents: dict[str, bytes]) -> Message:
    [text] = [text for name, text in contents.items() if name.endswith(".dist-info/METADATA")]
    return Parser().parsestr(text.decode())


def test_the_wheel_holds_the_package_and_text_alone(contents: dict[str, bytes]) -> None:
    folders = {name.partition("/")[0].partition("-")[0] for name in contents}
    assert folders == {"maidenhair"}
    assert [name for name, content in contents.items() if b"\0" in content] == []


def test_the_wheel_holds_all_of_the_folders_that_are_read_at_run_time(
    contents: dict[str, bytes],
) -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *CARRIED]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    expected = {file for name in listed.stdout.splitlines() for file in files_of(name)} - LEFT_OUT
    carried = {name.removeprefix(DATA) for name in contents if name.startswith(DATA)}
    assert carried == expected


def files_of(name: str) -> list[str]:
    """Return a file of the checkout, or the files of a folder to which a link of the checkout leads."""
    path = ROOT / name
    if path.is_dir():
        return [f"{name}/{each.name}" for each in path.iterdir()]
    return [name] if path.is_file() else []


def test_a_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    source = build("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    folder = tmp_path / source.name.removesuffix(".tar.gz")
    assert not any((folder / name).exists() for name in ("bench", "docs", "features", "tests"))
    again = build("wheel", folder, tmp_path / "wheel")
    assert (again.name, again.read_bytes()) == (wheel.name, wheel.read_bytes())


def test_the_core_requires_what_its_rooms_import_and_nothing_else(metadata: Message) -> None:
    owners = packages_distributions()
    imported = {
        canonicalize_name(owners[name][0])
        for name in imported_names(ROOT / "maidenhair")
        if name not in sys.stdlib_module_names
    }
    required = {canonicalize_name(each.name) for each in requirements(metadata)}
    optional = {canonicalize_name(each.name) for each in requirements(metadata, "cel")}
    assert required == {PARTS.get(name, name) for name in imported - optional - OF_A_SUITE}


def test_the_core_requires_ranges_that_other_projects_can_live_with(metadata: Message) -> None:
    exact = [each for each in requirements(metadata) if "==" in str(each.specifier)]
    assert exact == []
    [client] = [each for each in requirements(metadata) if each.name == "kubernetes"]
    assert {client.specifier.contains(version) for version in ("31.0.0", "37.0.2")} == {True}


def test_requirements_of_one_system_are_an_extra(metadata: Message) -> None:
    core = {each.name for each in requirements(metadata)}
    assert core & OF_A_SYSTEM == set()
    skytorch = {each.name: str(each.specifier) for each in requirements(metadata, "skytorch")}
    assert skytorch["kubernetes"] == "==34.1.0"
    assert skytorch.keys() >= {"grpcio", "grpcio-tools", "pip", "protobuf"}
    assert {each.name for each in requirements(metadata, "devices")} >= {"grpcio", "protobuf"}
    assert len(requirements(metadata, "cel")) == 1


def requirements(metadata: Message, extra: str = "") -> list[Requirement]:
    """Return the requirements of the core, or those that an extra adds."""
    found = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    return (
        [each for each in found if f'extra == "{extra}"' in str(each.marker)]
        if extra
        else [each for each in found if "extra" not in str(each.marker)]
    )


def imported_names(package: Path) -> Iterator[str]:
    """Yield the first name of every module that the framework imports. Imports of systems do not count."""
    for file in package.rglob("*.py"):
        if file.is_relative_to(package / "systems"):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            modules = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            yield from (
                name for each in modules if (name := each.partition(".")[0]) != "maidenhair"
            )

"""The rules of the house that a program can check over the whole tree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / "toolchain/python"
OPERATOR = ROOT / "standins/skytorch_operator"
PLUGIN = ROOT / "maidenhair/systems/devices/plugin"
LOCKED = [
    *sorted(PYTHON.glob("requirements-*.txt")),
    OPERATOR / "requirements.txt",
    PLUGIN / "requirements.txt",
]

REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|(proxy|sum)\.golang\.org|goproxy\.|registry\.npmjs\.org"
    r"|(deb|security)\.debian\.org|archive\.ubuntu\.com|--((extra-)?index-url|find-links)"
)
REGISTRY_VARIABLES = re.compile(
    r"(?i)(https?|all)_proxy|goproxy|(pip|uv)_(default_|extra_)?index(_url)?"
)
LOCKED_PACKAGE = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)( ; [^\\\n]+?)?(?P<hashes>( --hash=sha256:[0-9a-f]{64})+)"
)


def test_imports_follow_the_arrows_of_the_design(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_commands_start_without_slow_imports() -> None:
    program = "from maidenhair.cli.main import cli; [cli.get_command(None, name) for name in cli.list_commands(None)]"
    imported = _imported_by(program)
    assert "maidenhair.cli.explain.command" in imported
    assert imported & {"kubernetes", "torch", "cel"} == set()


def test_a_run_without_systems_starts_without_the_code_of_clusters() -> None:
    imported = _imported_by("import maidenhair.cli.run as run; run.sections(run.active_kinds())")
    assert "click" in imported
    slow = {"maidenhair.clusters", "maidenhair.kube", "maidenhair.systems.system", "requests"}
    assert imported & slow == set()


def _imported_by(program: str) -> set[str]:
    """Return the modules that a program imports, in a folder without settings."""
    shown = f"{program}; import sys; print(*sys.modules)"
    environment = {**os.environ, "MAIDENHAIR_SYSTEMS": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", shown],
        cwd=ROOT / "tests",
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split())


def test_the_tree_holds_text_without_registries_or_paths_of_a_machine() -> None:
    own_places = [*machine_paths(), *configured_registries(os.environ)]
    found = []
    for path in tree():
        text = path.read_bytes().decode("utf-8")
        assert "\0" not in text, f"{path} is not text"
        places = [match.group() for match in REGISTRIES.finditer(text)]
        places += [place for place in own_places if place in text]
        found += [f"{path.relative_to(ROOT)}: {place}" for place in places]
    assert found == []


@pytest.mark.parametrize("path", [PYTHON / "constraints.txt", *LOCKED], ids=lambda path: path.name)
def test_a_locked_file_holds_versions_with_hashes_and_nothing_else(path: Path) -> None:
    lines = path.read_text().replace(" \\\n    ", " ").splitlines()
    assert lines != []
    assert [line for line in lines if not LOCKED_PACKAGE.fullmatch(line)] == []


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_a_locked_file_agrees_with_the_constraints(path: Path) -> None:
    constraints = locked(PYTHON / "constraints.txt")
    different = {
        name: versions
        for name, versions in locked(path).items()
        if not versions <= constraints.get(name, set())
    }
    assert different == {}


def test_the_locked_files_match_pyproject() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, groups = pyproject["project"], pyproject["dependency-groups"]
    wanted = [*pyproject["build-system"]["requires"], *project["dependencies"]]
    wanted += [line for extra in project["optional-dependencies"].values() for line in extra]
    wanted += [line for group in groups.values() for line in group]
    constraints = locked(PYTHON / "constraints.txt")
    unmet = []
    for requirement in map(Requirement, wanted):
        versions = constraints.get(canonicalize_name(requirement.name), set())
        if not any(requirement.specifier.contains(version) for version in versions):
            unmet.append(str(requirement))
    assert unmet == [], "run `make constraints`"


def tree() -> list[Path]:
    """Return the files that are, or would be, in the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def machine_paths() -> list[str]:
    """Return the beginnings of paths that exist on this machine only."""
    folders = (ROOT, Path.home(), Path(sys.base_prefix))
    return [f"{folder}/" for folder in folders if str(folder) not in ("/", "/usr", "/usr/local")]


def configured_registries(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the hosts that this machine's settings name as registries or proxies."""
    for name, value in environment.items():
        if REGISTRY_VARIABLES.fullmatch(name):
            hosts = (urlsplit(part).hostname for part in re.split(r"[,|\s]", value))
            yield from (host for host in hosts if host not in (None, "localhost", "127.0.0.1"))


def locked(path: Path) -> dict[str, set[str]]:
    """Return the versions of each package that a locked file names."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"(?m)^([A-Za-z0-9._-]+)==([^\s;]+)", path.read_text()):
        versions.setdefault(canonicalize_name(name), set()).add(version)
    return versions

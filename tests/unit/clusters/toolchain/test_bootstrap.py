"""The set-up chooses the right Python, and creates .venv again only if it must.

The script runs in a copy of the checkout. The Pythons are programs that answer its probe, and create a .venv that
records the calls.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
SCRIPT = Path("toolchain/python/bootstrap.py")
PYTHON = """\
#!{interpreter} -IS
import json, os, pathlib, sys
if sys.argv[1:3] == ["-I", "-c"]:
    print(json.dumps({facts}))
elif sys.argv[1:3] == ["-m", "venv"]:
    python = pathlib.Path(sys.argv[-1], "bin", "python")
    python.parent.mkdir(parents=True)
    python.write_text(pathlib.Path(sys.argv[0]).read_text())
    python.chmod(0o755)
elif sys.argv[1:3] == ["-m", "pip"]:
    with open(os.environ["CALLS"], "a") as calls:
        print({version}, *sys.argv[3:], file=calls)
    if sys.argv[-1].endswith("requirements-uv.txt"):
        uv = pathlib.Path(sys.argv[0]).with_name("uv")
        uv.write_text({uv!r})
        uv.chmod(0o755)
    sys.exit(int(os.environ.get("PIP_STATUS", "0")))
"""
UV = f"""\
#!{sys.executable} -IS
import os, sys
with open(os.environ["CALLS"], "a") as calls:
    print("uv", *sys.argv[1:], file=calls)
sys.exit(int(os.environ.get("UV_STATUS", "0")))
"""

APT_GET = """\
#!{interpreter} -IS
import os, pathlib, sys
lists = pathlib.Path(sys.argv[0]).with_name("lists")
if sys.argv[1] == "update":
    lists.touch()
elif not lists.exists():
    sys.exit("E: Unable to locate package")
else:
    pathlib.Path("package.deb").touch()
"""
DPKG_DEB = """\
#!{interpreter} -IS
import pathlib, sys
wheel = pathlib.Path(sys.argv[3], "usr/share/python-wheels/pip-1.whl")
wheel.parent.mkdir(parents=True)
wheel.touch()
"""


class Machine:
    """A checkout, and a PATH with only the Pythons that a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.path = folder / "bin"
        self.calls = folder / "calls"
        self.venv = self.checkout / ".venv"
        self.path.mkdir()
        (self.checkout / SCRIPT).parent.mkdir(parents=True)
        requirements = (SCRIPT.with_name(f"requirements-{each}.txt") for each in ("dev", "uv"))
        for name in (SCRIPT, *requirements, Path("pyproject.toml")):
            shutil.copy(ROOT / name, self.checkout / name)

    def add_program(self, name: str, text: str) -> None:
        """Put a program, written in Python, on PATH."""
        program = self.path / name
        program.write_text(text.format(interpreter=sys.executable))
        program.chmod(0o755)

    def add_python(self, version: tuple[int, int, int], **facts: bool) -> Path:
        """Put a Python of that version on PATH; `facts` change its answer to the probe."""
        executable = self.path / f"python{version[0]}.{version[1]}"
        answer: dict[str, object] = {
            "usual": True,
            "headers": True,
            "venv": True,
            "ensurepip": True,
            **facts,
        }
        answer |= {"executable": str(executable), "version": version}
        text = PYTHON.format(interpreter=sys.executable, facts=answer, version=repr(version), uv=UV)
        executable.write_text(text)
        executable.chmod(0o755)
        return executable

    def set_up(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the script. The Python that runs it is not among the candidates."""
        environment = {
            "PATH": str(self.path),
            "CALLS": str(self.calls),
            "PYENV_ROOT": str(self.path),
        }
        script = "import runpy, sys; path = sys.argv.pop(1); sys.executable = ''; "
        script += "runpy.run_path(path, run_name='__main__')"
        command = [sys.executable, "-c", script, str(self.checkout / SCRIPT)]
        return subprocess.run(
            command, env={**environment, **variables}, capture_output=True, text=True
        )

    def installations(self) -> list[str]:
        """Return pip's and uv's calls since the last time."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return lines

    def stamp(self) -> Mapping[str, str]:
        """Return the stamp of .venv, which records what it was made from."""
        stamp: Mapping[str, str] = json.loads((self.venv / "maidenhair-stamp.json").read_text())
        return stamp


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_newest_python_is_taken(machine: Machine) -> None:
    for version in ((3, 11, 9), (3, 13, 1), (3, 12, 4)):
        machine.add_python(version)
    result = machine.set_up()
    assert result.returncode == 0, result.stderr
    assert machine.stamp()["python"].endswith("/python3.13")


def test_python_3_11_is_taken_where_there_is_no_newer_one(machine: Machine) -> None:
    machine.add_python((3, 11, 9))
    assert machine.set_up().returncode == 0
    assert machine.stamp()["python"].endswith("/python3.11")


def test_a_python_that_skytorch_can_be_built_with_goes_before_a_newer_one(machine: Machine) -> None:
    machine.add_python((3, 12, 4))
    machine.add_python((3, 13, 1), headers=False)
    assert machine.set_up().returncode == 0
    assert machine.stamp()["python"].endswith("/python3.12")


def test_an_unusual_python_is_not_taken(machine: Machine) -> None:
    machine.add_python((3, 12, 4))
    machine.add_python((3, 14, 0), usual=False)
    assert machine.set_up().returncode == 0
    assert machine.stamp()["python"].endswith("/python3.12")


def test_pip_installs_uv_which_installs_the_rest_with_its_hashes_required(machine: Machine) -> None:
    machine.add_python((3, 13, 1))
    machine.set_up()
    uv, packages, project = machine.installations()
    assert uv.startswith("(3, 13, 1) install")
    assert "--require-hashes" in uv
    assert "requirements-uv.txt" in uv
    assert packages.startswith("uv pip install")
    assert "--compile-bytecode" in packages
    assert "--require-hashes" in packages
    assert "requirements-dev.txt" in packages
    assert project.startswith("uv pip install")
    assert f"--no-deps --no-build-isolation --editable {machine.checkout}" in project


def test_pip_installs_all_where_uv_fails(machine: Machine) -> None:
    machine.add_python((3, 13, 1))
    result = machine.set_up(UV_STATUS="2")
    assert result.returncode == 0, result.stderr
    packages, project = machine.installations()[-2:]
    assert packages.startswith("(3, 13, 1) install")
    assert "--require-hashes" in packages
    assert "requirements-dev.txt" in packages
    assert project.startswith("(3, 13, 1) install")


def test_a_second_call_does_nothing(machine: Machine) -> None:
    machine.add_python((3, 13, 1))
    machine.set_up()
    machine.installations()
    result = machine.set_up()
    assert (result.returncode, result.stderr, machine.installations()) == (0, "", [])


def test_other_requirements_make_it_afresh(machine: Machine) -> None:
    machine.add_python((3, 13, 1))
    machine.set_up()
    machine.installations()
    requirements = machine.checkout / SCRIPT.with_name("requirements-dev.txt")
    requirements.write_text(requirements.read_text() + "\n")
    machine.set_up()
    assert len(machine.installations()) == 3


def test_another_pyproject_installs_the_project_alone(machine: Machine) -> None:
    machine.add_python((3, 13, 1))
    machine.set_up()
    machine.installations()
    pyproject = machine.checkout / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + "\n")
    machine.set_up()
    (project,) = machine.installations()
    assert "--editable" in project


@pytest.mark.parametrize("missing", ["maidenhair-stamp.json", "bin/python"])
def test_a_broken_environment_is_made_afresh(machine: Machine, missing: str) -> None:
    machine.add_python((3, 13, 1))
    machine.set_up()
    machine.installations()
    (machine.venv / missing).unlink()
    assert machine.set_up().returncode == 0
    assert len(machine.installations()) == 3


def test_a_failed_installation_leaves_no_stamp(machine: Machine) -> None:
    machine.add_python((3, 13, 1))
    result = machine.set_up(PIP_STATUS="1")
    assert result.returncode == 1
    assert "with uv of .venv: Installing the packages of requirements-uv.txt" in result.stderr
    assert "with pip: Installing the packages of requirements-dev.txt" in result.stderr
    assert not (machine.venv / "maidenhair-stamp.json").exists()


def test_without_a_suitable_python_the_error_names_the_package_to_install(machine: Machine) -> None:
    machine.add_python((3, 10, 2))
    machine.add_python((3, 9, 2)).rename(machine.path / "python3")
    result = machine.set_up()
    assert result.returncode == 1
    assert "no Python from 3.11 to 3.14" in result.stderr
    assert "found: Python 3.9.2" in result.stderr
    assert "apt-get install python3" in result.stderr


def test_the_named_python_is_taken(machine: Machine) -> None:
    named = machine.add_python((3, 12, 4))
    machine.add_python((3, 13, 1))
    machine.set_up()
    machine.set_up(MAIDENHAIR_PYTHON=str(named))
    assert machine.stamp()["python"] == str(named)


def test_a_named_version_is_taken_and_stays(machine: Machine) -> None:
    for minor in (11, 12, 13):
        machine.add_python((3, minor, 4))

    for version in ("3.12", "3.11"):
        machine.set_up(MAIDENHAIR_PYTHON=version)
        assert machine.stamp()["python"] == str(machine.path / f"python{version}")
        assert machine.installations()

        machine.set_up(MAIDENHAIR_PYTHON=version)
        assert not machine.installations()


def test_a_version_that_the_machine_lacks_is_named(machine: Machine) -> None:
    machine.add_python((3, 13, 4))
    failed = machine.set_up(MAIDENHAIR_PYTHON="3.12")
    assert failed.returncode == 1
    assert "MAIDENHAIR_PYTHON=3.12 (found: Python 3.13.4" in failed.stderr


def test_without_ensurepip_and_debian_the_error_names_the_package_to_install(
    machine: Machine,
) -> None:
    machine.add_python((3, 13, 1), ensurepip=False)
    result = machine.set_up()
    assert result.returncode == 1
    assert "apt-get install python3-venv" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can refresh apt's lists")
def test_debians_pip_is_had_on_a_machine_without_lists_of_packages(machine: Machine) -> None:
    machine.add_python((3, 11, 2), ensurepip=False)
    machine.add_program("apt-get", APT_GET)
    machine.add_program("dpkg-deb", DPKG_DEB)
    result = machine.set_up()
    assert result.returncode == 0, result.stderr
    assert machine.stamp()["python"].endswith("/python3.11")

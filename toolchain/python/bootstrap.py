"""Make the checkout's virtual environment, .venv, from nothing but a Python: the first step of every `make` target.

The newest Python from 3.12 to 3.14 on the machine is taken (SkyTorch 0.2.0 needs 3.12), else 3.11. Packages come from
requirements-dev.txt, hashes required, by uv, which pip installs where the machine has none; where uv fails, by pip. A
stamp in .venv says what it was made from, so that a second call does nothing; a .venv without one is half made and is
made again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = ROOT / "toolchain/python/requirements-dev.txt"
PROJECT = ROOT / "pyproject.toml"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin/python"
VENV_UV = VENV / "bin/uv"
UV_REQUIREMENTS = ROOT / "toolchain/python/requirements-uv.txt"
STAMP = VENV / "maidenhair-stamp.json"

OLDEST, PREFERRED, NEWEST = (3, 11), (3, 12), (3, 14)
PYTHON_VARIABLE = "MAIDENHAIR_PYTHON"
REMINDER_SECONDS = 30.0

PROBE = """
import importlib.util, json, os, sys, sysconfig
print(json.dumps({
    "executable": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
    "version": sys.version_info[:3],
    "usual": sys.implementation.name == "cpython" and sys.version_info.releaselevel == "final"
        and not sysconfig.get_config_var("Py_GIL_DISABLED"),
    "headers": os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")),
    "venv": importlib.util.find_spec("venv") is not None,
    "ensurepip": getattr(importlib.util.find_spec("ensurepip"), "origin", None) is not None,
}))
"""


class BootstrapError(Exception):
    """The environment could not be made; the text says what failed and what to do."""


class Interpreter(NamedTuple):
    """A Python on the machine, and what it brings for a virtual environment and for building SkyTorch."""

    executable: str
    version: tuple[int, int, int]
    headers: bool
    venv: bool
    ensurepip: bool

    def __str__(self) -> str:
        return f"Python {'.'.join(map(str, self.version))} ({self.executable})"


def main() -> int:
    """Make or update .venv where needed; return the exit status."""
    try:
        with PROJECT.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            bring_up_to_date(os.environ)
    except BootstrapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the next call starts .venv afresh", file=sys.stderr)
        return 130
    return 0


def bring_up_to_date(environment: Mapping[str, str]) -> None:
    """Leave .venv as the requirements and pyproject.toml want it.

    Raises:
        BootstrapError: no fitting Python, or an installation that failed.
    """
    wanted = {"requirements": _digest(REQUIREMENTS), "project": _digest(PROJECT), "root": str(ROOT)}
    made = _stamp()
    same_python = _is_wanted(environment.get(PYTHON_VARIABLE, ""), made.get("python", ""))
    if {**wanted, "python": made.get("python")} == made and same_python:
        return
    if same_python and all(made.get(key) == wanted[key] for key in ("requirements", "root")):
        STAMP.unlink()
        _install_project(_installers()[0], made["python"], wanted)
        return
    interpreter = _choose(environment)
    failures = []
    for installer in _installers():
        try:
            _make(installer, interpreter)
            _install_project(installer, interpreter.executable, wanted)
            return
        except BootstrapError as error:
            failures.append(f"with {installer.name}: {error}")
    raise BootstrapError(
        f"{VENV} could not be made with {interpreter}:\n  " + "\n  ".join(failures) + "\n"
        "look at the messages above, put right what they name, and run the same command again"
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _stamp() -> dict[str, Any]:
    """Return what .venv was made from; nothing if it is absent, half made, or its interpreter does not run."""
    try:
        stamp = json.loads(STAMP.read_text())
        subprocess.run([str(VENV_PYTHON), "-I", "-S", "-c", ""], check=True, capture_output=True)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _choose(environment: Mapping[str, str]) -> Interpreter:
    named = environment.get(PYTHON_VARIABLE, "")
    minor = _minor(named)
    candidates = [named] if named and not minor else _candidates(environment)
    found = {interpreter for interpreter in map(_probe, candidates) if interpreter}
    fitting = [
        each
        for each in found
        if OLDEST <= each.version[:2] <= NEWEST and minor in (None, each.version[:2])
    ]
    if not fitting:
        place = f"{PYTHON_VARIABLE}={named}" if named else "PATH, pyenv's versions and uv's Pythons"
        seen = ", ".join(sorted(map(str, found))) or "none"
        raise BootstrapError(
            f"no Python from 3.11 to 3.14 in {place} (found: {seen}); install one "
            "(apt-get install python3 python3-venv python3-dev, pyenv install 3.13, or uv python install 3.13)"
        )
    return max(
        fitting, key=lambda each: (each.version[:2] >= PREFERRED, each.headers, each.version)
    )


def _minor(named: str) -> tuple[int, int] | None:
    """Return the minor version that was named, such as (3, 12); None if it is a path, or nothing."""
    found = re.fullmatch(r"(\d+)\.(\d+)", named)
    return (int(found[1]), int(found[2])) if found else None


def _is_wanted(named: str, made_with: str) -> bool:
    """Return whether the Python that made .venv is the one that was named, if one was."""
    made, minor = _probe(made_with), _minor(named)
    if made and minor:
        return made.version[:2] == minor
    return not named or made == _probe(named)


def _candidates(environment: Mapping[str, str]) -> Iterator[str]:
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)] + ["python3"]
    yield sys.executable
    for folder in environment.get("PATH", "").split(os.pathsep):
        yield from (path for name in names if os.access(path := f"{folder}/{name}", os.X_OK))
    pyenv = Path(environment.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    yield from map(str, sorted(pyenv.glob("versions/3.1[1-9]*/bin/python3")))
    uv = shutil.which("uv")
    if uv:
        command = [uv, "python", "list", "--only-installed", "--output-format", "json"]
        listed = subprocess.run(command, capture_output=True, text=True)
        if listed.returncode == 0:
            yield from (each["path"] for each in json.loads(listed.stdout))


def _probe(executable: str) -> Interpreter | None:
    """Return what the interpreter says of itself; None if it does not run or is not an ordinary CPython release."""
    if not executable:
        return None
    try:
        result = subprocess.run(
            [executable, "-I", "-c", PROBE], check=True, capture_output=True, text=True
        )
        facts = json.loads(result.stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    if not facts.pop("usual"):
        return None
    return Interpreter(**{**facts, "version": tuple(facts["version"])})


class Installer(NamedTuple):
    """The tool's name, and the command up to and including its `install`."""

    name: str
    install: Sequence[str]


PIP = Installer("pip", [str(VENV_PYTHON), "-m", "pip", "install", "--quiet"])
UV_OF_VENV = "uv of .venv"


def _installers() -> list[Installer]:
    """Return what can install packages, the best first."""
    found = shutil.which("uv")
    name, uv = ("uv", found) if found else (UV_OF_VENV, str(VENV_UV))
    return [
        Installer(name, [uv, "pip", "install", "--quiet", "--python", str(VENV_PYTHON)]),
        PIP,
    ]


def _make(installer: Installer, interpreter: Interpreter) -> None:
    _remove(VENV)
    if installer.name == "uv":
        uv = installer.install[0]
        _run(
            f"Making .venv with {interpreter} and uv",
            [uv, "venv", "--quiet", "--python", interpreter.executable, str(VENV)],
        )
        _install(installer, REQUIREMENTS)
        return
    if not interpreter.venv:
        raise BootstrapError(f"{interpreter} has no venv module; run: apt-get install python3-venv")
    with _pip(interpreter) as (options, variables):
        _run(
            f"Making .venv with {interpreter}",
            [interpreter.executable, "-m", "venv", *options, str(VENV)],
        )
        if installer is PIP:
            _install(PIP, REQUIREMENTS, variables)
            return
        _install(PIP, UV_REQUIREMENTS, variables)
    _install(installer, REQUIREMENTS)


def _install(
    installer: Installer, requirements: Path, variables: Mapping[str, str] | None = None
) -> None:
    # pip does it unasked. Where PYTHONDONTWRITEBYTECODE is set, every process would compile all that it imports.
    compiled = [] if installer is PIP else ["--compile-bytecode"]
    _run(
        f"Installing the packages of {requirements.name} with {installer.name}",
        [*installer.install, *compiled, "--require-hashes", "--requirement", str(requirements)],
        variables,
    )


@contextmanager
def _pip(interpreter: Interpreter) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Yield options for venv and variables for the first installation, which bring pip into the environment.

    Debian keeps ensurepip in a package of its own; pip's wheel is then unpacked from Debian's package for as long as
    it takes to install the pip that the requirements name, and nothing is installed on the machine.
    """
    if interpreter.ensurepip:
        yield [], {}
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            _download_debian("python3-pip-whl", folder)
            for package in Path(folder).glob("*.deb"):
                subprocess.run(["dpkg-deb", "-x", str(package), folder], check=True)
            wheel = next(Path(folder).glob("usr/share/python-wheels/pip-*.whl"))
        except (OSError, subprocess.CalledProcessError, StopIteration) as error:
            raise BootstrapError(
                f"{interpreter} has no ensurepip module, and pip could not be had from Debian's package "
                f"python3-pip-whl ({error}); run: apt-get update && apt-get install python3-venv"
            ) from error
        yield ["--without-pip"], {"PYTHONPATH": str(wheel)}


def _download_debian(package: str, folder: str) -> None:
    download = ["apt-get", "download", "-qq", package]
    try:
        subprocess.run(download, cwd=folder, check=True)
    except subprocess.CalledProcessError:
        # A container's image comes without lists of packages, and only root can fetch them.
        if os.geteuid() != 0:
            raise
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(download, cwd=folder, check=True)


def _install_project(installer: Installer, python: str, wanted: Mapping[str, str]) -> None:
    options = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    _run("Installing maidenhair itself", [*installer.install, *options])
    temporary = STAMP.with_suffix(".new")
    temporary.write_text(json.dumps({**wanted, "python": python}))
    temporary.replace(STAMP)


def _run(label: str, command: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
    begin = time.monotonic()
    print(f"{label} …", file=sys.stderr, flush=True)
    environment = {**os.environ, **(variables or {})}
    # Both would make pip or uv work on another environment than the one that is named.
    for name in ("VIRTUAL_ENV", "PYTHONHOME"):
        environment.pop(name, None)
    try:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise BootstrapError(f"{label}: {command[0]} does not run: {error}") from error
    with process:
        while True:
            try:
                status = process.wait(REMINDER_SECONDS)
                break
            except subprocess.TimeoutExpired:
                print(
                    f"{label}: still running after {time.monotonic() - begin:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
    if status:
        raise BootstrapError(f"{label}: {' '.join(command[:4])} … ended with status {status}")
    print(f"{label}: done in {time.monotonic() - begin:.1f} s", file=sys.stderr, flush=True)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


if __name__ == "__main__":
    sys.exit(main())

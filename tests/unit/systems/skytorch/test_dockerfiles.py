"""The Dockerfiles of images/ do what the toolchain and the recipes do where there is no container engine."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from maidenhair.clusters.images.entries import HOME, NONROOT
from maidenhair.clusters.images.interpreter import Interpreter
from maidenhair.clusters.images.recipes import python_config
from maidenhair.systems.skytorch.images import (
    PYTHON_MOUNT,
    SERVER_COMMAND,
    SERVER_ENVIRONMENT,
    server_image,
)
from maidenhair.systems.skytorch.toolchain import BACKEND
from tests.project import ROOT

INSTALL = "python -m pip install --no-input"


def instructions(file: Path) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile and their arguments, the spaces in these made one."""
    text = re.sub(r"^#.*\n", "", file.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    lines = [" ".join(line.split()).partition(" ") for line in text.splitlines() if line.strip()]
    return [(word, rest) for word, _, rest in lines]


@pytest.fixture
def server() -> list[tuple[str, str]]:
    return instructions(ROOT / "images" / "server" / "Dockerfile")


def test_the_server_starts_as_its_recipe_says(server: list[tuple[str, str]]) -> None:
    interpreter = Interpreter(Path("/python"), Path("/lib"))
    config = python_config(interpreter, PYTHON_MOUNT, SERVER_COMMAND, SERVER_ENVIRONMENT)
    found = dict(server)
    environment = dict(pair.split("=", 1) for pair in shlex.split(found["ENV"]))
    # The base image has its own PATH.
    assert environment == {key: value for key, value in config.environment.items() if key != "PATH"}
    assert found["USER"] == config.user
    assert json.loads(found["CMD"]) == list(config.command)
    [users] = [rest for word, rest in server if word == "RUN" and "useradd" in rest]
    assert f"--uid {NONROOT} --gid {NONROOT}" in users
    assert f"--home-dir {HOME} " in users


def test_the_server_is_installed_as_the_toolchain_does(server: list[tuple[str, str]]) -> None:
    installs = [rest for word, rest in server if word == "RUN" and "pip install" in rest]
    files = [re.findall(r"--requirement=/requirements/(\S+)", rest) for rest in installs]
    assert files == [
        ["requirements-skytorch-build.txt"],
        ["requirements-torch.txt"],
        ["requirements-skytorch.txt"],
    ]
    assert all("--require-hashes" in rest for rest in installs)
    assert [f"--target={PYTHON_MOUNT}" in rest for rest in installs] == [False, True, True]
    assert "--no-deps --no-build-isolation" in installs[-1]
    assert f"PYTHONPATH=/build/tools:{PYTHON_MOUNT}" in installs[-1]
    [imports] = [rest for word, rest in server if word == "RUN" and "import " in rest]
    assert f'python -c "import {BACKEND}"' in imports


def test_all_that_is_copied_is_there(server: list[tuple[str, str]]) -> None:
    _, dockerfile, folder = server_image()
    assert dockerfile == ROOT / "images" / "server" / "Dockerfile"
    [copied] = [rest for word, rest in server if word == "COPY" and "--from" not in rest]
    for name in copied.split()[:-1]:
        assert (folder / name).is_file()


def test_the_runner_is_installed_as_the_bootstrap_does() -> None:
    runner = instructions(ROOT / "images" / "runner" / "Dockerfile")
    packages, project = [rest for word, rest in runner if word == "RUN" and INSTALL in rest]
    requirements = packages.partition("--requirement=")[2]
    assert "--require-hashes" in packages
    assert (ROOT / requirements).is_file()
    assert project.endswith("--no-deps --no-build-isolation --editable .")


def test_the_servers_image_is_named_by_what_goes_into_it() -> None:
    assert re.fullmatch(r"maidenhair\.dev/skytorch-server:py3\.\d+-[0-9a-f]{12}", server_image()[0])

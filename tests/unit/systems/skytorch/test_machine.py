"""The checks of this machine for SkyTorch, as `maidenhair doctor` shows them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maidenhair.systems.skytorch.machine import check_compiler, check_python
from tests.fakes.engine import write_program


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for programs, the only one in PATH. The user is root."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


@pytest.mark.parametrize(
    ("version", "fits"),
    [((3, 10, 9), False), ((3, 11, 0), True), ((3, 14, 2), True), ((3, 15, 0), False)],
)
def test_the_supported_versions_of_python(version: tuple[int, int, int], fits: bool) -> None:
    check = check_python(version)

    assert bool(check.found) is fits
    assert fits or "which need 3.11 to 3.14" in check.missing
    assert check.required


def test_a_compiler_of_the_users_own(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(programs / "clang++", "echo clang")
    monkeypatch.setenv("CXX", "clang++ -std=c++17")

    assert check_compiler().found == str(programs / "clang++")


def test_root_can_have_a_compiler_installed(programs: Path) -> None:
    for name in ("apt-get", "dpkg-deb"):
        write_program(programs / name, "echo")

    assert check_compiler().missing.endswith("; `maidenhair setup` installs g++")


def test_only_root_is_offered_the_installation_of_a_compiler(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("apt-get", "dpkg-deb"):
        write_program(programs / name, "echo")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert check_compiler().missing == "c++ is not on PATH"

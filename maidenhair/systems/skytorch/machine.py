"""Checks of this machine for SkyTorch, for `maidenhair doctor`."""

from __future__ import annotations

import os
import shutil
import sys

from maidenhair.clusters.toolchain import debian_packages
from maidenhair.systems.machine_check import MachineCheck
from maidenhair.systems.skytorch.toolchain import COMPILER_ADVICE, compiler_name

PYTHONS = ((3, 11), (3, 14))
PYTHON, COMPILER = "Python", "C++ compiler"


def check_python(version: tuple[int, int, int] = sys.version_info[:3]) -> MachineCheck:
    """Check whether torch and SkyTorch support this version of Python."""
    shown = f"{'.'.join(map(str, version))} ({sys.executable})"
    if PYTHONS[0] <= version[:2] <= PYTHONS[1]:
        return MachineCheck(PYTHON, shown, required=True)
    return MachineCheck(
        PYTHON,
        "",
        f"{shown} is not supported by torch and SkyTorch, which need 3.11 to 3.14",
        "specs of SkyTorch cannot run; `--profile api` works",
        "make environment MAIDENHAIR_PYTHON=python3.13",
        required=True,
    )


def check_compiler() -> MachineCheck:
    """Check whether this machine has the C++ compiler that builds SkyTorch."""
    compiler = compiler_name()
    found = shutil.which(compiler)
    if found:
        return MachineCheck(COMPILER, found)
    able = os.geteuid() == 0 and debian_packages.obstacle("g++") is None
    return MachineCheck(
        COMPILER,
        "",
        f"{compiler} is not on PATH" + ("; `maidenhair setup` installs g++" if able else ""),
        "SkyTorch cannot be built, so its specs run only if it is in the cache; `--profile api` works",
        COMPILER_ADVICE,
    )

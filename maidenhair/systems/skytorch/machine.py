"""What SkyTorch needs of this machine, for `maidenhair doctor`."""

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
    """Return whether SkyTorch and torch can be had for this Python."""
    shown = f"{'.'.join(map(str, version))} ({sys.executable})"
    if PYTHONS[0] <= version[:2] <= PYTHONS[1]:
        return MachineCheck(PYTHON, shown, required=True)
    return MachineCheck(
        PYTHON,
        "",
        f"{shown} is not 3.11 to 3.14, which torch and SkyTorch are for",
        "no specs of SkyTorch; `--profile api` works",
        "make environment MAIDENHAIR_PYTHON=python3.13",
        required=True,
    )


def check_compiler() -> MachineCheck:
    """Return the C++ compiler that would build SkyTorch."""
    compiler = compiler_name()
    found = shutil.which(compiler)
    if found:
        return MachineCheck(COMPILER, found)
    able = os.geteuid() == 0 and debian_packages.obstacle("g++") is None
    return MachineCheck(
        COMPILER,
        "",
        f"{compiler} is not on PATH" + ("; `maidenhair setup` installs g++" if able else ""),
        "SkyTorch is not built, so its specs need it cached; `--profile api` works",
        COMPILER_ADVICE,
    )

"""C libraries for builds with Go, from packages of Debian and Ubuntu. They become part of the static binary."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from maidenhair.clusters.toolchain import debian_packages
from maidenhair.clusters.toolchain.model import Obstacle
from maidenhair.errors import ToolchainError

COMPILERS = ("gcc", "clang")
LINKER_FLAGS = "-linkmode external -extldflags -static"
FOLDER = "c-library"


def obstacle(package: str) -> Obstacle | None:
    """Return why this machine cannot provide a library or compile C code; None if it can."""
    if not any(map(shutil.which, COMPILERS)):
        return Obstacle("there is no C compiler on PATH", "install gcc")
    if debian_packages.obstacle(package):
        return Obstacle(
            f"the C library of {package} is unpacked only on Debian and Ubuntu",
            "install the component with your distribution's package manager",
        )
    return None


def provide(package: str, folder: Path) -> Mapping[str, str]:
    """Unpack a library below `folder`, and return the environment in which Go finds it.

    Args:
        package: the package with the static library and its headers, such as "libseccomp-dev".
        folder: the folder of the build.

    Raises:
        ToolchainError: the package could not be downloaded, or has no static library.
    """
    place = folder / FOLDER
    place.mkdir()
    debian_packages.unpack(package, place)
    libraries = sorted(place.glob("usr/lib/**/lib*.a"))
    if not libraries:
        raise ToolchainError(f"the Debian package {package} has no static library")
    return {
        "CGO_ENABLED": "1",
        "CGO_CFLAGS": f"-O2 -I{place / 'usr/include'}",
        "CGO_LDFLAGS": " ".join(
            f"-L{library.parent} -l{library.stem.removeprefix('lib')}" for library in libraries
        ),
        # The flags are known, and pkg-config is not on every machine.
        "PKG_CONFIG": "true",
    }


def remove(folder: Path) -> None:
    """Remove the library that `provide` unpacked, if any, because the binary contains it."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)

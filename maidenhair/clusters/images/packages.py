"""A Python application, and the packages that it needs, as entries of layers."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.images.interpreter import Interpreter, byte_compile, modules_under
from maidenhair.clusters.images.layers import Entry, File
from maidenhair.clusters.images.libraries import libraries_of, library_entries
from maidenhair.clusters.toolchain import python_packages
from maidenhair.errors import ImageError

PACKAGES = "/opt/packages"
APP = "/opt/app"
APP_SUFFIX = ".py"
TAG_LENGTH = 12


@dataclass(frozen=True)
class App:
    """A Python application that gets an image: a package, run by `python -m`.

    Attributes:
        folder: the package.
        requirements: the packages it needs, with versions and hashes.
        parts: the modules of the package that belong to the application, as glob patterns.
    """

    folder: Path
    requirements: Path
    parts: tuple[str, ...] = (f"**/*{APP_SUFFIX}",)

    def version(self) -> str:
        """Return a digest of all that the application consists of, short enough for a tag.

        Raises:
            ImageError: the application or its requirements are not there.
        """
        digest = hashlib.sha256(self.requirements_digest().encode())
        for path in self.files():
            digest.update(f"{path.relative_to(self.folder)}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()[:TAG_LENGTH]

    def requirements_digest(self) -> str:
        """Return a digest of the requirements and of the running Python's minor version.

        Raises:
            ImageError: the requirements are not there.
        """
        if not self.requirements.is_file():
            raise ImageError(f"cannot make an image of {self.folder}: no {self.requirements}")
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        return hashlib.sha256(python.encode() + self.requirements.read_bytes()).hexdigest()

    def files(self) -> Iterator[Path]:
        """Yield the application's modules, sorted."""
        yield from sorted({path for part in self.parts for path in self.folder.glob(part)})


def app_entries(app: App, interpreter: Interpreter, staging: Path) -> list[Entry]:
    """Return the application's own modules, below `APP`, with their byte code."""
    for source in app.files():
        staged = staging / source.relative_to(app.folder.parent)
        staged.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, staged)
    return _compiled(interpreter, staging, APP)


def package_entries(app: App, interpreter: Interpreter, staging: Path) -> list[Entry]:
    """Return what the application needs, below `PACKAGES`, and the shared libraries it loads.

    Args:
        app: the application.
        interpreter: what will run it.
        staging: an empty folder to install into; the entries refer to its files.

    Raises:
        ToolchainError: the packages could not be installed.
        ImageError: they could not be byte-compiled.
    """
    python_packages.install(app.requirements, staging)
    libraries = libraries_of(modules_under(staging), [staging])
    return [*_compiled(interpreter, staging, PACKAGES), *library_entries(libraries.found)]


def _compiled(interpreter: Interpreter, staging: Path, at: str) -> list[Entry]:
    byte_compile(interpreter, staging, at)
    return [
        File(f"{at}/{path.relative_to(staging)}", path)
        for path in sorted(staging.rglob("*"))
        if path.is_file()
    ]

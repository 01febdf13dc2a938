"""Layer entries of a Python application and of the packages that it requires."""

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
    """A Python application to build an image of: a package that `python -m` runs.

    Attributes:
        folder: the package's folder.
        requirements: the requirements file, with versions and hashes.
        parts: glob patterns, relative to the folder, of the modules that belong to the application.

    Example:
        >>> app = App(folder / "widgets", folder / "requirements.txt")
        >>> list(app.files())
        []
    """

    folder: Path
    requirements: Path
    parts: tuple[str, ...] = (f"**/*{APP_SUFFIX}",)

    def version(self) -> str:
        """Return a digest of the application's modules and requirements, short enough for an image tag.

        Raises:
            ImageError: the requirements file does not exist.
        """
        digest = hashlib.sha256(self.requirements_digest().encode())
        for path in self.files():
            digest.update(f"{path.relative_to(self.folder)}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()[:TAG_LENGTH]

    def requirements_digest(self) -> str:
        """Return a digest of the requirements file and of the running Python's minor version.

        Raises:
            ImageError: the requirements file does not exist.
        """
        if not self.requirements.is_file():
            raise ImageError(
                f"cannot build an image of {self.folder}: there is no {self.requirements}"
            )
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        return hashlib.sha256(python.encode() + self.requirements.read_bytes()).hexdigest()

    def files(self) -> Iterator[Path]:
        """Yield the application's modules, sorted."""
        yield from sorted({path for part in self.parts for path in self.folder.glob(part)})


def app_entries(app: App, interpreter: Interpreter, staging: Path) -> list[Entry]:
    """Return entries of the application's modules and their byte code, in the image's folder `APP`.

    Args:
        app: the application.
        interpreter: the interpreter that will run it.
        staging: an empty folder for the byte code; the entries refer to its files.
    """
    for source in app.files():
        staged = staging / source.relative_to(app.folder.parent)
        staged.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, staged)
    return _compiled(interpreter, staging, APP)


def package_entries(app: App, interpreter: Interpreter, staging: Path) -> list[Entry]:
    """Return entries of the required packages, in the image's folder `PACKAGES`, and of their shared libraries.

    Args:
        app: the application.
        interpreter: the interpreter that will run it.
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

"""Layer entries of the running Python: its executable, standard library and shared libraries."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from maidenhair._util.process import run
from maidenhair.clusters.images.layers import Entry, File, Link
from maidenhair.clusters.images.libraries import Libraries, libraries_of
from maidenhair.errors import ImageError, ProgramFailed

# Parts of the standard library that servers and operators do not import, and packages that pip installed beside it.
EXCLUDED_NAMES = {
    "__pycache__",
    "dist-packages",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "site-packages",
    "test",
    "tests",
    "tkinter",
    "turtledemo",
}
COMPILE_SECONDS = 600
EXCLUDED_SUFFIXES = {".a", ".pyc", ".exe"}
EXCLUDED_MODULES = ("_tkinter.", "_test", "_xxtest", "_ctypes_test.", "xxlimited")


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter of this machine, not one of a virtual environment.

    Attributes:
        executable: the executable, with symbolic links resolved.
        library: the folder of the standard library.
    """

    executable: Path
    library: Path

    @property
    def search_path(self) -> str:
        """The value of PATH in an image with this interpreter."""
        return f"/usr/local/bin:{self.executable.parent}:/usr/bin:/bin"


def running_interpreter() -> Interpreter:
    """Return the interpreter of this process; in a virtual environment, its base interpreter."""
    executable = Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()
    return Interpreter(executable, Path(sysconfig.get_path("stdlib")).resolve())


def interpreter_entries(interpreter: Interpreter, staging: Path) -> list[Entry]:
    """Return entries of the executable and the standard library, with byte code.

    Args:
        interpreter: the interpreter.
        staging: an empty folder for the byte code; the entries refer to its files.

    Raises:
        ImageError: the standard library could not be read.
    """
    target = str(interpreter.executable)
    entries: list[Entry] = [File(target, interpreter.executable, 0o755)]
    entries += [Link(f"/usr/local/bin/{name}", target) for name in ("python", "python3")]
    for source in _standard_library(interpreter.library):
        staged = staging / source.relative_to(interpreter.library)
        staged.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source, staged)
        except OSError as error:
            raise ImageError(f"cannot read Python's standard library: {error}") from error
    byte_compile(interpreter, staging, str(interpreter.library))
    for staged in sorted(staging.rglob("*")):
        if staged.is_file():
            entries.append(File(str(interpreter.library / staged.relative_to(staging)), staged))
    return entries


def interpreter_libraries(interpreter: Interpreter) -> Libraries:
    """Return the shared libraries that the interpreter and its standard library load.

    Raises:
        ImageError: a library, or `ldd`, is missing on this machine.
    """
    own = [interpreter.executable]
    own += [path for path in _standard_library(interpreter.library) if path.suffix == ".so"]
    needed = libraries_of(own)
    if needed.missing:
        raise ImageError(
            f"{interpreter.executable} needs libraries that are missing on this machine: "
            f"{', '.join(needed.missing)}; install them, or use another Python"
        )
    return needed


def byte_compile(interpreter: Interpreter, folder: Path, at: str) -> None:
    """Compile the modules under `folder` to byte code that Python uses without checking the source.

    Python cannot compare modification times, because a layer's files have none. A module that does not compile, such
    as a template, gets no byte code.

    Args:
        interpreter: the interpreter that will run the byte code.
        folder: the folder of the modules.
        at: the folder's path in the image, for tracebacks.

    Raises:
        ImageError: the interpreter could not be started, or exceeded `COMPILE_SECONDS`.
    """
    # In another process, because compileall's workers would import this process's main module.
    command = [str(interpreter.executable), "-I", "-m", "compileall", "-qq", "-j", "0"]
    command += ["--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", at, str(folder)]
    try:
        run(command, seconds=COMPILE_SECONDS, accepted=None)
    except ProgramFailed as failed:
        raise ImageError(f"cannot byte-compile {folder}: {failed}") from failed


def modules_under(folder: Path) -> list[Path]:
    """Return the shared libraries and extension modules under a folder."""
    return sorted(path for path in folder.rglob("*.so*") if path.is_file())


def _standard_library(library: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(library):
        # Folders such as config-3.13-x86_64-linux-gnu are for embedding Python in C programs.
        folders[:] = sorted(
            name
            for name in folders
            if name not in EXCLUDED_NAMES and not name.startswith("config-")
        )
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix in EXCLUDED_SUFFIXES or name.startswith(EXCLUDED_MODULES):
                continue
            if path.is_file():
                yield path

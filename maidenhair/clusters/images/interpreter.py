"""What an image needs of the running Python: executable, standard library, shared libraries."""

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

# Of the standard library what no server and no operator imports, and what pip installed beside it.
LEFT_OUT = {
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
LEFT_OUT_SUFFIXES = {".a", ".pyc", ".exe"}
MODULES_OF_LEFT_OUT = ("_tkinter.", "_test", "_xxtest", "_ctypes_test.", "xxlimited")


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter of this machine, outside of any virtual environment.

    Attributes:
        executable: the real file of the executable.
        library: the folder of the standard library.
    """

    executable: Path
    library: Path

    @property
    def search_path(self) -> str:
        """The folders of executables for an image's PATH."""
        return f"/usr/local/bin:{self.executable.parent}:/usr/bin:/bin"


def running_interpreter() -> Interpreter:
    """Return the interpreter that runs this process, or that its virtual environment was made from."""
    executable = Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()
    return Interpreter(executable, Path(sysconfig.get_path("stdlib")).resolve())


def interpreter_entries(interpreter: Interpreter, staging: Path) -> list[Entry]:
    """Return the executable and the standard library, with byte code that is used unchecked.

    Args:
        interpreter: what to take.
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
    """Return the shared libraries of the interpreter and of its own modules.

    Raises:
        ImageError: one of them is not on this machine, or `ldd` is not.
    """
    own = [interpreter.executable]
    own += [path for path in _standard_library(interpreter.library) if path.suffix == ".so"]
    needed = libraries_of(own)
    if needed.missing:
        raise ImageError(
            f"{interpreter.executable} needs libraries that are not on this machine: "
            f"{', '.join(needed.missing)}; use another Python"
        )
    return needed


def byte_compile(interpreter: Interpreter, folder: Path, at: str) -> None:
    """Compile the modules under `folder` to byte code that is used without a look at its source.

    Files of a layer have no times to compare. What does not compile, such as a template, is left
    without byte code.

    Args:
        interpreter: whose byte code.
        folder: where the modules lie now.
        at: where they lie in the image, for tracebacks.

    Raises:
        ImageError: the interpreter could not be started, or took too long.
    """
    # A process of its own, because compileall's workers would run the caller's main module again.
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
        # config-3.13-x86_64-linux-gnu and its like serve to embed Python in C programs.
        folders[:] = sorted(
            name for name in folders if name not in LEFT_OUT and not name.startswith("config-")
        )
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix in LEFT_OUT_SUFFIXES or name.startswith(MODULES_OF_LEFT_OUT):
                continue
            if path.is_file():
                yield path

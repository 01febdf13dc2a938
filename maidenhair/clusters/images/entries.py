"""The entries of images: of a program, of an interpreter, of a mount point, and those that every image has."""

from __future__ import annotations

from pathlib import Path

from maidenhair.clusters.images.interpreter import (
    Interpreter,
    interpreter_entries,
    interpreter_libraries,
    modules_under,
)
from maidenhair.clusters.images.layers import Entry, File, Folder
from maidenhair.clusters.images.libraries import libraries_of, library_entries
from maidenhair.errors import ImageError

NONROOT = "65532"
HOME = "/home/nonroot"


def program_entries(program: Path, path: str) -> list[Entry]:
    """Return the entries of an image with a program at `path`, and with the shared libraries that it loads.

    Raises:
        ImageError: a library is missing on this machine.
    """
    needed = libraries_of([program])
    if needed.missing:
        missing = ", ".join(needed.missing)
        raise ImageError(f"{program} needs libraries that are missing on this machine: {missing}")
    return [*_base_entries(), *library_entries(needed.found), File(path, program, 0o755)]


def python_entries(interpreter: Interpreter, staging: Path) -> list[Entry]:
    """Return the entries of an image with the running Python. `staging` is a folder for generated files."""
    needed = library_entries(interpreter_libraries(interpreter).found)
    return [*_base_entries(), *needed, *interpreter_entries(interpreter, staging)]


def mount_entries(path: str, folder: Path) -> list[Entry]:
    """Return the entries for a mount of `folder` at `path`: the mount point, and the libraries that modules load."""
    # Missing libraries are no error here: they may be optional, such as device drivers. Otherwise the import fails.
    needed = libraries_of(modules_under(folder), [folder])
    return [Folder(path), *library_entries(needed.found)]


def _base_entries() -> list[Entry]:
    """Return entries that programs expect in every image: users, a home, a folder for temporary files."""
    users = (
        f"root:x:0:0:root:/:/bin/false\nnonroot:x:{NONROOT}:{NONROOT}:nonroot:{HOME}:/bin/false\n"
    )
    nobody = "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
    groups = f"root:x:0:\nnonroot:x:{NONROOT}:\nnogroup:x:65534:\n"
    return [
        File("/etc/passwd", (users + nobody).encode()),
        File("/etc/group", groups.encode()),
        File("/etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\n"),
        Folder("/tmp", mode=0o1777),
        Folder(HOME, owner=int(NONROOT)),
    ]

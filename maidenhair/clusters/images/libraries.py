"""The shared libraries of this machine that programs and extension modules load."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from maidenhair._util.process import run
from maidenhair.clusters.images.layers import Entry, File, Link
from maidenhair.errors import ImageError, ProgramFailed

LDD_SECONDS = 120
LIBC = "libc.so.6"
# "libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)" and "/lib64/ld-linux-x86-64.so.2 (0x…)".
RESOLVED = re.compile(r"^\s+(?:\S+ => )?(/\S+) \(0x[0-9a-f]+\)$", re.MULTILINE)
MISSING = re.compile(r"^\s+(\S+) => not found$", re.MULTILINE)
# glibc loads these at run time, to resolve names (before 2.34) and to cancel threads, so ldd does not list them.
LOADED_BY_LIBC = ("libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2", "libgcc_s.so.1")


@dataclass(frozen=True)
class Libraries:
    """Shared libraries: the paths of those that the dynamic loader found, the names of those that are missing."""

    found: tuple[Path, ...]
    missing: tuple[str, ...]


def libraries_of(programs: Sequence[Path], exclude: Iterable[Path] = ()) -> Libraries:
    """Return all shared libraries that programs load, including the dynamic loader.

    Args:
        programs: executables or extension modules; a static executable loads none.
        exclude: folders whose libraries are left out, because the image gets them in another way.

    Raises:
        ImageError: `ldd` is not installed, or a program does not exist.
    """
    if not programs:
        return Libraries((), ())
    report = _ldd(programs)
    excluded = tuple(folder.resolve() for folder in exclude)
    found = {Path(text) for text in RESOLVED.findall(report)}
    found |= {library for path in found for library in _beside_libc(path)}
    included = [path for path in found if not any(map(path.resolve().is_relative_to, excluded))]
    return Libraries(tuple(sorted(included)), tuple(sorted(set(MISSING.findall(report)))))


def library_entries(libraries: Iterable[Path]) -> list[Entry]:
    """Return entries of shared libraries at their own paths, and links to them in libc's folder.

    The loader always searches libc's folder. It would not find libraries elsewhere, because an image has no loader
    cache (/etc/ld.so.cache).
    """
    paths = sorted(libraries)
    searched = {path.parent for path in paths if path.name == LIBC}
    entries: list[Entry] = [File(str(path), path, 0o755) for path in paths]
    for path in paths:
        if path.parent not in searched and not path.name.startswith("ld-"):
            entries += [Link(str(folder / path.name), str(path)) for folder in sorted(searched)]
    return entries


def _ldd(programs: Sequence[Path]) -> str:
    absent = [path for path in programs if not path.is_file()]
    if absent:
        raise ImageError(f"cannot find the libraries of {absent[0]}: there is no such file")
    command = ["ldd", *map(str, programs)]
    try:
        # ldd exits with status 1 for a static program, so only its output counts.
        return run(command, seconds=LDD_SECONDS, accepted=None).stdout
    except ProgramFailed as failed:
        raise ImageError(
            f"cannot find the libraries of {programs[0]}: {failed}; "
            "install ldd, which is part of glibc (package libc-bin on Debian)"
        ) from failed


def _beside_libc(path: Path) -> list[Path]:
    if path.name != LIBC:
        return []
    return [path.with_name(name) for name in LOADED_BY_LIBC if path.with_name(name).exists()]

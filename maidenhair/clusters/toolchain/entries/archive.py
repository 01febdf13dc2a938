"""Write entries of the cache to an archive, and read them on another machine."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import shutil
import tarfile
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from filelock import FileLock

from maidenhair.clusters.toolchain.cache import PARTIAL, RECORD
from maidenhair.errors import ToolchainError

INDEX = "index.json"
"""The last file of an archive: the machine type, and the digest of every file. An archive without it is incomplete."""
BLOCK = 1024 * 1024


def export_entries(entries: Iterable[Path], file: Path) -> None:
    """Write entries to an uncompressed tar archive.

    Args:
        entries: the folders of complete entries.
        file: the archive. It appears when it is complete.

    Raises:
        ToolchainError: an entry cannot be read, or the archive cannot be written.
    """
    partial = file.with_name(f"{file.name}.{uuid.uuid4().hex[:8]}{PARTIAL}")
    try:
        with tarfile.open(partial, "w") as archive:
            index = {entry.name: _add(archive, entry) for entry in entries}
            content = json.dumps({"machine": platform.machine(), "entries": index}).encode()
            member = tarfile.TarInfo(INDEX)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        partial.replace(file)
    except OSError as error:
        raise ToolchainError(
            f"cannot export to {file}: {error.filename or partial}: {error.strerror or error}"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def import_entries(file: Path, cache: Path) -> tuple[list[str], list[str]]:
    """Read the entries of an archive into a cache. Each appears when all its files are verified.

    Args:
        file: the archive.
        cache: the folder of the cache.

    Returns:
        The names of the imported entries, and of those that the cache had already.

    Raises:
        ToolchainError: the archive cannot be read, is incomplete or damaged, or is from another type of machine. No
            entry of it is imported then.
    """
    cache.mkdir(parents=True, exist_ok=True)
    place = cache / f"import.{uuid.uuid4().hex[:8]}{PARTIAL}"
    place.mkdir()
    try:
        try:
            with tarfile.open(file) as archive:
                archive.extractall(place, filter="tar")
        except (OSError, tarfile.TarError) as error:
            raise ToolchainError(f"cannot read {file}: {error}; export it again") from error
        entries = _verified(place, file)
        added: list[str] = []
        present: list[str] = []
        for name in sorted(entries):
            (added if _install(place / name, cache / name) else present).append(name)
        return added, present
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _add(archive: tarfile.TarFile, entry: Path) -> dict[str, str]:
    """Add an entry's files, and return what identifies each one's content, by its path in the entry."""
    found = {}
    for path in sorted(entry.rglob("*")):
        name = str(path.relative_to(entry))
        archive.add(path, f"{entry.name}/{name}", recursive=False)
        if path.is_symlink() or path.is_file():
            found[name] = _content(path)
    return found


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    with path.open("rb") as file:
        return _digest(file)


def _digest(file: IO[bytes]) -> str:
    total = hashlib.sha256()
    while block := file.read(BLOCK):
        total.update(block)
    return total.hexdigest()


def _verified(place: Path, file: Path) -> Mapping[str, Any]:
    try:
        index = json.loads((place / INDEX).read_text())
        machine, entries = index["machine"], index["entries"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolchainError(
            f"{file} is incomplete, or no archive of `maidenhair cache export`; export it again"
        ) from error
    if machine != platform.machine():
        raise ToolchainError(
            f"{file} is from a machine of type {machine}, and this one is {platform.machine()}; "
            "export it on a machine of this type"
        )
    for name, expected in entries.items():
        found = {
            str(path.relative_to(place / name)): _content(path)
            for path in (place / name).rglob("*")
            if path.is_symlink() or path.is_file()
        }
        if found != expected or RECORD not in expected:
            different = sorted(
                path for path in {*found, *expected} if found.get(path) != expected.get(path)
            )
            raise ToolchainError(
                f"{file} is damaged: {name}/{(different or [RECORD])[0]} is not what was exported; "
                "export it again"
            )
    result: Mapping[str, Any] = entries
    return result


def _install(source: Path, target: Path) -> bool:
    """Move an entry into the cache, unless it is there."""
    with FileLock(target.with_name(f"{target.name}.lock")):
        if (target / RECORD).is_file():
            return False
        shutil.rmtree(target, ignore_errors=True)
        source.rename(target)
        return True

"""Image layers: uncompressed, reproducible tar files. The same entries give the same digest."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from maidenhair.errors import ImageError


@dataclass(frozen=True)
class File:
    """A regular file of a layer.

    Attributes:
        path: the absolute path in the image.
        content: the bytes, or a file of this machine that contains them.
        mode: the permission bits.
    """

    path: str
    content: bytes | Path
    mode: int = 0o644


@dataclass(frozen=True)
class Folder:
    """A folder of a layer. Parent folders without an entry get mode 0755 and belong to root.

    Attributes:
        path: the absolute path in the image.
        mode: the permission bits.
        owner: the id of both the owning user and the owning group.
    """

    path: str
    mode: int = 0o755
    owner: int = 0


@dataclass(frozen=True)
class Link:
    """A symbolic link of a layer, from the absolute path `path` to `target`."""

    path: str
    target: str


Entry = File | Folder | Link


@dataclass(frozen=True)
class Layer:
    """A layer's tar file.

    Attributes:
        path: the file.
        digest: the digest of its bytes, "sha256:…".
        size: its size in bytes.
    """

    path: Path
    digest: str
    size: int


def write_layer(entries: Iterable[Entry], destination: Path) -> Layer:
    """Write entries to a tar file: sorted by path, without modification times, with missing parent folders.

    Args:
        entries: the entries; of two with the same path the later one counts.
        destination: the tar file.

    Raises:
        ImageError: an entry's content could not be read.
    """
    with destination.open("wb") as raw:
        writer = _DigestWriter(raw)
        with tarfile.open(fileobj=writer, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for entry in _with_parents(entries):
                _add(tar, entry)
    return Layer(destination, writer.digest, writer.size)


def _with_parents(entries: Iterable[Entry]) -> list[Entry]:
    by_path: dict[PurePosixPath, Entry] = {}
    for entry in entries:
        by_path[PurePosixPath(os.path.normpath(entry.path))] = entry
    for path in list(by_path):
        for parent in path.parents:
            by_path.setdefault(parent, Folder(str(parent)))
    by_path.pop(PurePosixPath("/"), None)
    return [by_path[path] for path in sorted(by_path, key=lambda path: path.parts)]


def _add(tar: tarfile.TarFile, entry: Entry) -> None:
    info = tarfile.TarInfo(os.path.normpath(entry.path).lstrip("/"))
    match entry:
        case Folder(mode=mode, owner=owner):
            info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, mode, owner, owner
            tar.addfile(info)
        case Link(target=target):
            info.type, info.mode, info.linkname = tarfile.SYMTYPE, 0o777, target
            tar.addfile(info)
        case File(content=bytes() as content, mode=mode):
            info.mode, info.size = mode, len(content)
            tar.addfile(info, io.BytesIO(content))
        case File(content=Path() as source, mode=mode):
            _add_file(tar, info, source, mode)


def _add_file(tar: tarfile.TarFile, info: tarfile.TarInfo, source: Path, mode: int) -> None:
    try:
        with source.open("rb") as file:
            info.mode, info.size = mode, os.fstat(file.fileno()).st_size
            tar.addfile(info, file)
    except OSError as error:
        raise ImageError(f"cannot add {source} to an image as /{info.name}: {error}") from error


class _DigestWriter(io.RawIOBase):
    """Write to a file, and compute the size and digest of the bytes."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._hash.update(data)
        self.size += len(data)
        return self._target.write(data)

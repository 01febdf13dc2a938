"""Layers: uncompressed tar files, with the same bytes and digest for the same entries."""

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
        path: where it lies in the image, absolute.
        content: its bytes, or the file of this machine that holds them.
        mode: its permissions.
    """

    path: str
    content: bytes | Path
    mode: int = 0o644


@dataclass(frozen=True)
class Folder:
    """A folder of a layer; one that is not named is made with mode 0755 and belongs to root.

    Attributes:
        path: where it lies in the image, absolute.
        mode: its permissions.
        owner: the user and group id that it belongs to.
    """

    path: str
    mode: int = 0o755
    owner: int = 0


@dataclass(frozen=True)
class Link:
    """A symbolic link at `path`, absolute, to `target`."""

    path: str
    target: str


Entry = File | Folder | Link


@dataclass(frozen=True)
class Layer:
    """A layer as a file: where it lies, the digest of its bytes ("sha256:…"), its size in bytes."""

    path: Path
    digest: str
    size: int


def write_layer(entries: Iterable[Entry], destination: Path) -> Layer:
    """Write `entries` to the tar file `destination`, sorted, owned by root, without times.

    Where two entries have the same path, the later one counts. Missing parents are added.

    Raises:
        ImageError: an entry's content could not be read.
    """
    with destination.open("wb") as raw:
        digesting = _Digesting(raw)
        with tarfile.open(fileobj=digesting, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for entry in _complete(entries):
                _add(tar, entry)
    return Layer(destination, digesting.digest, digesting.size)


def _complete(entries: Iterable[Entry]) -> list[Entry]:
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
            _add_from(tar, info, source, mode)


def _add_from(tar: tarfile.TarFile, info: tarfile.TarInfo, source: Path, mode: int) -> None:
    try:
        with source.open("rb") as file:
            info.mode, info.size = mode, os.fstat(file.fileno()).st_size
            tar.addfile(info, file)
    except OSError as error:
        raise ImageError(f"cannot put {source} into an image as /{info.name}: {error}") from error


class _Digesting(io.RawIOBase):
    """Passes what is written on to a file, counting and digesting it."""

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

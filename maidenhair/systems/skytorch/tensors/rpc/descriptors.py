"""Descriptors of messages from .proto files: compiled once, kept in the cache, loaded into a pool of their own."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError

from maidenhair._util.paths import cache_dir
from maidenhair._util.process import run
from maidenhair.errors import ConfigurationError, ProgramFailed

COMPILE_SECONDS = 120.0


def load(folder: Path, files: Sequence[str], cache: Path | None = None) -> DescriptorPool:
    """Return a pool of what .proto files describe.

    The pool is nobody else's: messages of one name from two releases, and those that SkyTorch registers
    itself, do not meet.

    Args:
        folder: what the files' paths, and their imports, are relative to.
        files: the files.
        cache: where compiled descriptors are kept; the user's cache by default.

    Raises:
        ConfigurationError: a file is missing or cannot be compiled.
    """
    kept = (cache or cache_dir() / "protocols") / f"{_digest(folder, files)}.binpb"
    pool = DescriptorPool()
    described = _read(kept) or _compile_once(folder, files, kept)
    for file in described.file:
        pool.Add(file)
    return pool


def _digest(folder: Path, files: Sequence[str]) -> str:
    total = hashlib.sha256()
    for file in files:
        try:
            content = (folder / file).read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"{folder / file} cannot be read: {error.strerror}; is SkyTorch installed completely?"
            ) from error
        total.update(f"{file} {len(content)} ".encode())
        total.update(content)
    return total.hexdigest()[:16]


def _read(kept: Path) -> FileDescriptorSet | None:
    """Return the descriptors that are kept in a file; None if there are none, or none whole."""
    try:
        described = FileDescriptorSet.FromString(kept.read_bytes())
    except (FileNotFoundError, DecodeError):
        return None
    return described if described.file else None


def _compile_once(folder: Path, files: Sequence[str], kept: Path) -> FileDescriptorSet:
    """Return the descriptors; others who want them meanwhile wait for them."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(kept.with_suffix(".lock")):
        return _read(kept) or _compile(folder, files, kept)


def _compile(folder: Path, files: Sequence[str], kept: Path) -> FileDescriptorSet:
    with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
        partial = Path(scratch) / kept.name
        # In a process of its own: the compiler writes its errors to the process's own standard error.
        command = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={folder}"]
        options = ["--include_imports", f"--descriptor_set_out={partial}"]
        try:
            run([*command, *options, *files], seconds=COMPILE_SECONDS)
        except ProgramFailed as failed:
            raise ConfigurationError(
                f"{', '.join(files)} of {folder} cannot be compiled: {failed.output.strip()}"
            ) from failed
        described = _read(partial)
        if described is None:
            raise ConfigurationError(f"{', '.join(files)} of {folder} describe nothing")
        partial.replace(kept)
    return described

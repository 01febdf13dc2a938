"""Descriptors of messages from .proto files. They are compiled once, and then read from the cache."""

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
    """Load the descriptors of .proto files into a new pool.

    Each call returns its own pool, so that messages of the same name from two releases, and those that SkyTorch itself
    registers, do not conflict.

    Args:
        folder: the folder that the paths of the files and of their imports are relative to.
        files: the paths of the files.
        cache: the folder for compiled descriptors. Default: a folder in the user's cache.

    Raises:
        ConfigurationError: a file is missing or cannot be compiled.
    """
    cached = (cache or cache_dir() / "protocols") / f"{_digest(folder, files)}.binpb"
    pool = DescriptorPool()
    file_set = _read(cached) or _compile_once(folder, files, cached)
    for file in file_set.file:
        pool.Add(file)
    return pool


def _digest(folder: Path, files: Sequence[str]) -> str:
    total = hashlib.sha256()
    for file in files:
        try:
            content = (folder / file).read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"cannot read {folder / file}: {error.strerror}; run `maidenhair setup` to install SkyTorch"
            ) from error
        total.update(f"{file} {len(content)} ".encode())
        total.update(content)
    return total.hexdigest()[:16]


def _read(cached: Path) -> FileDescriptorSet | None:
    """Return the descriptors in a file, or None if the file does not exist or is incomplete."""
    try:
        file_set = FileDescriptorSet.FromString(cached.read_bytes())
    except (FileNotFoundError, DecodeError):
        return None
    return file_set if file_set.file else None


def _compile_once(folder: Path, files: Sequence[str], cached: Path) -> FileDescriptorSet:
    """Compile the descriptors, unless another process does so at the same time. Then wait for that process."""
    cached.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(cached.with_suffix(".lock")):
        return _read(cached) or _compile(folder, files, cached)


def _compile(folder: Path, files: Sequence[str], cached: Path) -> FileDescriptorSet:
    with tempfile.TemporaryDirectory(dir=cached.parent) as scratch:
        partial = Path(scratch) / cached.name
        # In a separate process, because the compiler writes its errors to the stderr of its process.
        command = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={folder}"]
        options = ["--include_imports", f"--descriptor_set_out={partial}"]
        try:
            run([*command, *options, *files], seconds=COMPILE_SECONDS)
        except ProgramFailed as failed:
            raise ConfigurationError(
                f"cannot compile {', '.join(files)} in {folder}: {failed.output.strip()}; "
                "run `maidenhair setup` to install SkyTorch"
            ) from failed
        file_set = _read(partial)
        if file_set is None:
            raise ConfigurationError(
                f"cannot compile {', '.join(files)} in {folder}: the compiler wrote no descriptors; "
                "run `maidenhair setup` to install SkyTorch"
            )
        partial.replace(cached)
    return file_set

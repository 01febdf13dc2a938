"""Descriptors compiled from .proto files."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from google.protobuf.message_factory import GetMessageClass

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors.rpc import descriptors

PROTO = 'syntax = "proto3"; package p; message M { int32 number = %d; }'


def folder_with(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "m.proto").write_text(text)
    return path


def test_two_releases_of_a_message_do_not_conflict(tmp_path: Path) -> None:
    numbers = []
    for field in (1, 2):
        folder = folder_with(tmp_path / str(field), PROTO % field)
        pool = descriptors.load(folder, ["m.proto"], tmp_path / "cache")
        message = GetMessageClass(pool.FindMessageTypeByName("p.M"))
        numbers.append(message(number=1).SerializeToString())

    assert numbers == [b"\x08\x01", b"\x10\x01"]


def test_concurrent_loads_compile_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, cache = folder_with(tmp_path / "p", PROTO % 1), tmp_path / "cache"
    runs: list[object] = []
    compiling = descriptors.run
    monkeypatch.setattr(descriptors, "run", lambda *a, **k: runs.append(a) or compiling(*a, **k))
    threads = [
        threading.Thread(target=descriptors.load, args=(folder, ["m.proto"], cache))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(runs) == 1


def test_an_incomplete_file_in_the_cache_is_replaced(tmp_path: Path) -> None:
    folder, cache = folder_with(tmp_path / "p", PROTO % 1), tmp_path / "cache"
    descriptors.load(folder, ["m.proto"], cache)
    (cached,) = cache.glob("*.binpb")
    whole = cached.read_bytes()
    cached.write_bytes(whole[:-3])

    descriptors.load(folder, ["m.proto"], cache)

    assert cached.read_bytes() == whole


def test_a_file_that_cannot_be_compiled_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    folder, cache = folder_with(tmp_path / "p", 'syntax = "proto3"; message {'), tmp_path / "cache"

    with pytest.raises(ConfigurationError, match=r"cannot compile m\.proto in .*: .*1:28"):
        descriptors.load(folder, ["m.proto"], cache)

    assert [file.suffix for file in cache.iterdir()] in ([], [".lock"])


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"cannot read .*m\.proto: .*; run `maidenhair setup`"
    ):
        descriptors.load(tmp_path, ["m.proto"], tmp_path)

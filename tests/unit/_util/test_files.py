"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from maidenhair._util.files import write_atomically


@pytest.mark.parametrize("content", ["né\n", b"\xff\0"])
def test_a_file_has_the_written_text_and_no_temporary_file_is_left(
    tmp_path: Path, content: str | bytes
) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    write_atomically(file, content)
    assert file.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(("mode", "rights"), [(0o600, 0o600), (0o666, 0o644)])
def test_a_file_has_its_rights_whatever_it_had(tmp_path: Path, mode: int, rights: int) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    file.chmod(0o640)
    before = os.umask(0o022)
    try:
        write_atomically(file, "new", mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == rights


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(file, "\ud800")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_readers_never_see_half_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    texts = {letter * 200_000 for letter in "ab"}
    write_atomically(file, "a" * 200_000)
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            for text in texts:
                write_atomically(file, text)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        assert {file.read_text() for _ in range(200)} <= texts
    finally:
        ended.set()
        for writer in writers:
            writer.join()

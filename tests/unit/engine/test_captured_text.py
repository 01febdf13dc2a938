"""Captured output whose middle is left out of memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maidenhair.engine.capture.captured_text import CapturedText, HeadAndTail
from maidenhair.engine.capture.output_files import OutputFiles


@pytest.fixture
def files(tmp_path: Path) -> OutputFiles:
    """Give files for output of more than twice ten bytes."""
    return OutputFiles(tmp_path / "output", lambda: "a.feature:3 ä b", 10)


def test_short_output_is_whole(files: OutputFiles) -> None:
    text = CapturedText(files)
    print("ä\ud800\r", end="\r\n", file=text)

    assert text.getvalue() == "ä\ud800\r\r\n"
    assert not files.folder.exists()


def test_of_long_output_both_ends_stay_and_all_of_it_is_in_a_file(files: OutputFiles) -> None:
    text = CapturedText(files)
    for number in range(100):
        print(number, file=text)
    value = text.getvalue()
    (path,) = files.folder.iterdir()

    assert path.name == "a-feature-3-ä-b-1.txt"
    assert value == (
        f"0\n1\n2\n3\n4\n\n… 270 bytes are left out here; the whole output is in {path} …\n"
        "\n97\n98\n99\n"
    )
    assert path.read_text() == "".join(f"{number}\n" for number in range(100))


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("no folder")
    text = CapturedText(OutputFiles(tmp_path / "output", lambda: "", 10))
    print("x" * 100, file=text)

    assert "they could not be written to a file: [Errno" in text.getvalue()


def test_what_was_written_since_a_mark(files: OutputFiles) -> None:
    text = CapturedText(files)
    text.write("x" * 100)
    text.mark()
    text.write("step")

    assert text.since_mark() == "step"
    assert text.since_mark() == ""
    assert text.getvalue().endswith("xstep")


def test_a_suite_can_forget_what_was_captured(files: OutputFiles) -> None:
    text = CapturedText(files)
    text.write("old")
    text.seek(0)
    text.truncate(0)
    text.write("new")

    assert text.getvalue() == "new"


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_copy_is_made_at_once_while_there_is_little_output(size: int, tmp_path: Path) -> None:
    copied: list[bytes] = []
    append: Callable[[bytes], object] = copied.append
    text = CapturedText(OutputFiles(tmp_path, lambda: "", 10), append)
    text.write("x" * size)
    text.write("last words")

    complete = b"".join(copied) == b"x" * size + b"last words"
    assert complete is (size == 10)


def test_after_a_mark_a_copy_is_made_at_once_again(tmp_path: Path) -> None:
    copied: list[bytes] = []
    append: Callable[[bytes], object] = copied.append
    text = CapturedText(OutputFiles(tmp_path, lambda: "", 10), append)
    text.write("x" * 100_000)
    text.write("y")
    text.mark()
    text.write("last words")

    assert b"".join(copied).endswith(b"xylast words")


@given(st.lists(st.text()), st.integers(0, 20))
def test_nothing_is_lost_but_the_middle(texts: list[str], limit: int) -> None:
    parts = HeadAndTail(limit)
    for text in texts:
        parts.add(text.encode("utf-8", "surrogatepass"))
    whole = "".join(texts)
    shown = parts.text()

    if parts.fits(0):
        assert shown == whole
    else:
        head, tail = shown.split("\n… ", 1)[0], shown.rsplit(" …\n", 1)[1]
        assert whole.startswith(head)
        assert whole.endswith(tail)
        assert len(head.encode("utf-8", "surrogatepass")) > limit - 4

"""The file of run events: what is written, and what is read after an accident."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from maidenhair.errors import EventsError
from maidenhair.events import Attached, EventLog, Warned, read_events


def never(error: OSError) -> None:
    raise AssertionError(error)


def messages(folder: Path) -> list[str]:
    return [event.message for event in read_events(folder) if isinstance(event, Warned)]


def test_events_are_in_the_file_at_once(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "deep" / "run", never)
    assert not log.path.exists()
    log.publish(Warned("a"), Warned("b"))
    assert messages(log.path) == ["a", "b"]
    log.publish(Warned("c\nd"))
    assert messages(log.path.parent) == ["a", "b", "c\nd"]
    log.close()
    log.publish(Warned("late"))
    assert messages(log.path) == ["a", "b", "c\nd"]


def test_events_that_are_published_together_are_written_at_the_end_also_after_an_error(
    tmp_path: Path,
) -> None:
    log = EventLog(tmp_path, never)
    log.publish(Warned("before"))
    with pytest.raises(LookupError), log.together():
        log.publish(Warned("a"))
        log.attach("spec", 1, "text/plain", b"x" * 10_000)
        log.publish(Warned("b"))
        assert messages(tmp_path) == ["before"]
        raise LookupError
    log.publish(Warned("after"))

    assert messages(tmp_path) == ["before", "a", "b", "after"]
    assert sum(isinstance(event, Attached) for event in read_events(tmp_path)) == 1


def test_a_process_that_is_killed_leaves_its_events(tmp_path: Path) -> None:
    program = """
        import os, pathlib, signal, sys
        from maidenhair.events import EventLog, Warned
        log = EventLog(pathlib.Path(sys.argv[1]), print)
        for number in range(100):
            log.publish(Warned(str(number)))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", dedent(program), str(tmp_path)], check=False)

    assert done.returncode == -signal.SIGKILL
    assert messages(tmp_path) == [str(number) for number in range(100)]


def test_a_last_line_that_is_torn_is_left_out(tmp_path: Path) -> None:
    log = EventLog(tmp_path, never)
    log.publish(Warned("a"), Warned("b"))
    log.close()
    content = log.path.read_bytes()
    begin = content.index(b"\n") + 1
    for end in range(begin, len(content)):
        log.path.write_bytes(content[:end])
        assert messages(tmp_path) == ["a"]


def test_a_line_that_is_torn_in_the_middle_is_named(tmp_path: Path) -> None:
    log = EventLog(tmp_path, never)
    log.publish(Warned("a"))
    log.close()
    log.path.write_bytes(log.path.read_bytes() + b'{"version":1,"ty\n')

    with pytest.raises(EventsError, match=r"events\.jsonl:2: not a run event"):
        list(read_events(tmp_path))


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(EventsError, match=r"events\.jsonl: the run events cannot be read"):
        list(read_events(tmp_path))


def test_the_first_error_is_reported_and_nothing_follows(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    errors: list[OSError] = []
    log = EventLog(tmp_path / "file" / "run", errors.append)
    for _ in range(3):
        log.publish(Warned("a"))
        log.attach("spec", 1, "text/plain", b"x" * 10_000)

    assert len(errors) == 1


def test_a_full_disk_leaves_whole_events(tmp_path: Path) -> None:
    errors: list[OSError] = []
    log = EventLog(tmp_path, errors.append)
    log.publish(Warned("a"))
    size = log.path.stat().st_size
    previous = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A limit of the file's size makes the kernel write a part, and then refuse.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 5, previous[1]))
    try:
        log.publish(Warned("b"))
        log.publish(Warned("c"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, previous)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    log.publish(Warned("d"))

    assert len(errors) == 1
    assert messages(tmp_path) == ["a"]


def test_a_forked_child_writes_nothing(tmp_path: Path) -> None:
    log = EventLog(tmp_path, never)
    log.publish(Warned("a"))
    child = subprocess.Popen(
        [sys.executable, "-c", "pass"], preexec_fn=lambda: log.publish(Warned("child"))
    )
    assert child.wait() == 0
    log.publish(Warned("b"))

    assert messages(tmp_path) == ["a", "b"]


@pytest.mark.parametrize(
    ("mime_type", "data", "text", "base64"),
    [
        ("text/plain", b"abc", "abc", None),
        ("application/json", b"{}", "{}", None),
        ("text/plain", b"\xff", None, "/w=="),
        ("image/png", b"abc", None, "YWJj"),
    ],
)
def test_short_attachments_are_in_the_event(
    tmp_path: Path, mime_type: str, data: bytes, text: str | None, base64: str | None
) -> None:
    log = EventLog(tmp_path, never)
    log.attach("spec", 2, mime_type, data)
    (event,) = read_events(tmp_path)

    assert event == Attached("spec", mime_type, text, base64, attempt=2, time=event.time)
    assert [path.name for path in tmp_path.iterdir()] == ["events.jsonl"]


def test_long_attachments_have_files(tmp_path: Path) -> None:
    log = EventLog(tmp_path, never)
    log.attach("spec", 1, "text/plain", b"x" * 5000)
    log.attach("spec", 2, "x-of/nobody", b"y" * 5000)
    events = [event for event in read_events(tmp_path) if isinstance(event, Attached)]

    assert [event.path for event in events] == [
        "attachments/spec-1-1.txt",
        "attachments/spec-2-2.bin",
    ]
    assert [(tmp_path / str(event.path)).read_bytes() for event in events] == [
        b"x" * 5000,
        b"y" * 5000,
    ]

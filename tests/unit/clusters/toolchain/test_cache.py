"""The cache: an entry is complete or absent, and is made once even if several processes need it."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.toolchain.cache import Cache, Entry
from maidenhair.errors import ToolchainError
from tests.project import ROOT

NEEDED = Path("tool")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tools"


@pytest.fixture
def cache(folder: Path) -> Cache:
    return Cache(folder, Progress(io.StringIO()))


def fill(folder: Path) -> Mapping[str, str]:
    (folder / NEEDED).write_text("made")
    return {"tool": "1.0"}


def folders(of: Path) -> list[str]:
    return sorted(path.name for path in of.iterdir() if path.is_dir())


def test_an_entry_is_found_once_it_is_made(cache, folder):
    assert cache.find("entry", NEEDED) is None

    made = cache.make("entry", NEEDED, "Making", fill)

    assert made == Entry(folder / "entry", {"tool": "1.0"})
    assert cache.find("entry", NEEDED) == made


def test_an_entry_that_lost_a_needed_file_is_made_again(cache, folder):
    cache.make("entry", NEEDED, "Making", fill)
    (folder / "entry/tool").unlink()

    assert cache.find("entry", NEEDED) is None
    cache.make("entry", NEEDED, "Making", fill)
    assert (folder / "entry/tool").read_text() == "made"


def test_an_entry_is_not_found_before_it_is_complete(cache):
    seen = []

    def look(folder: Path) -> Mapping[str, str]:
        versions = fill(folder)
        seen.append(cache.find("entry", NEEDED))
        return versions

    cache.make("entry", NEEDED, "Making", look)

    assert seen == [None]


@pytest.mark.parametrize("error", [ToolchainError("refused"), KeyboardInterrupt()])
def test_a_failure_leaves_nothing(cache, folder, error):
    def break_off(folder: Path) -> Mapping[str, str]:
        fill(folder)
        raise error

    with pytest.raises(type(error)):
        cache.make("entry", NEEDED, "Making", break_off)

    assert folders(folder) == []


def test_a_result_without_the_needed_file_is_refused(cache, folder):
    with pytest.raises(ToolchainError, match="Making: the result does not contain tool"):
        cache.make("entry", NEEDED, "Making", lambda folder: {"tool": "1.0"})

    assert folders(folder) == []


def test_the_leftovers_of_a_killed_process_are_removed(cache, folder):
    for leftover in ("entry.0123abcd.partial", "other.0123abcd.partial"):
        (folder / leftover / "deep").mkdir(parents=True)

    cache.make("entry", NEEDED, "Making", fill)

    assert folders(folder) == ["entry", "other.0123abcd.partial"]


def test_a_folder_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file/tools", Progress(io.StringIO()))

    with pytest.raises(ToolchainError, match=r"file.*: Not a directory"):
        cache.make("entry", NEEDED, "Making", fill)


def test_threads_that_need_one_entry_make_it_once(cache):
    workers = 4
    together = threading.Barrier(workers, timeout=300)
    calls = []

    def make(_: int) -> Entry:
        def count(folder: Path) -> Mapping[str, str]:
            calls.append(folder)
            return fill(folder)

        together.wait()
        return cache.make("entry", NEEDED, "Making", count)

    with ThreadPoolExecutor(workers) as executor:
        entries = list(executor.map(make, range(workers)))

    assert len(calls) == 1
    assert all(entry == entries[0] for entry in entries)


PROCESS = """
import sys
from pathlib import Path
from maidenhair.clusters.toolchain.cache import Cache
from maidenhair._util.progress import Progress

tools, log = map(Path, sys.argv[1:])

def fill(folder):
    with log.open("a") as lines:
        lines.write("made\\n")
    (folder / "tool").write_text("made")
    return {"tool": "1.0"}

print("ready", flush=True)
sys.stdin.readline()
print(Cache(tools, Progress()).make("entry", Path("tool"), "Making", fill).versions["tool"])
"""


def test_processes_that_need_one_entry_make_it_once(folder, tmp_path):
    log = tmp_path / "log"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, folder, log],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    assert [process.communicate(timeout=300)[0] for process in processes] == ["1.0\n"] * 3
    assert log.read_text() == "made\n"

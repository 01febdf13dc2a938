"""Coverage of Go programs: the server of counters that is built in, and the reports."""

from __future__ import annotations

import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from hamcrest import assert_that, contains_string, equal_to, not_none

from maidenhair._util.ports import free_port
from maidenhair.clusters.images import GoProgram, go_coverage
from maidenhair.clusters.images.go_coverage import Counted, write_reports
from maidenhair.errors import ToolchainError
from maidenhair.waiting import eventually

SETTING = "MAIDENHAIR_WIDGETS_SOURCE"
MAIN = """package main

import "example.com/widgets/paint"

func main() {
	paint.Paint()
	select {}
}
"""
PAINT = """package paint

func Paint() { println("painted") }

func Never() { println("never") }
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "widgets"
    (folder / "cmd" / "manager").mkdir(parents=True)
    (folder / "go.mod").write_text("module example.com/widgets\n\ngo 1.21\n")
    (folder / "cmd" / "manager" / "main.go").write_text(MAIN)
    (folder / "paint").mkdir()
    (folder / "paint" / "paint.go").write_text(PAINT)
    return folder


def save(address: str, folder: Path, process: int = 0) -> None:
    meta = eventually(lambda: get(address, "meta"), not_none(), within=60, tolerate=(OSError,))
    Counted(meta, get(address, "counters")).save(folder, process)


@pytest.fixture
def address(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the covered program, and give the address of its counters."""
    port = free_port()
    server = go_coverage.SERVER.replace(str(go_coverage.PORT), str(port))
    monkeypatch.setattr(go_coverage, "SERVER", server)
    program = GoProgram(SETTING, sources, "./cmd/manager", covers=True)
    with (
        program.build(tmp_path / "programs") as binary,
        subprocess.Popen([binary]) as process,
    ):
        yield f"http://127.0.0.1:{port}"
        process.kill()


def get(address: str, path: str) -> bytes:
    with urllib.request.urlopen(f"{address}/{path}", timeout=5) as answer:
        content: bytes = answer.read()
    return content


def test_the_reports_show_which_functions_ran(address: str, sources: Path, tmp_path: Path) -> None:
    save(address, tmp_path / "counters")
    percentage = write_reports(tmp_path, sources, tmp_path / "counters", tmp_path / "before")
    assert_that(percentage, equal_to("75.0"))
    functions = (tmp_path / "functions.txt").read_text()
    assert_that(functions, contains_string("Never\t\t0.0%"))
    html = (tmp_path / "index.html").read_text()
    assert_that(html, contains_string("example.com/widgets/paint/paint.go"))
    assert_that(list(sources.rglob(go_coverage.FILE)), equal_to([]))


def test_statements_that_ran_before_do_not_count(
    address: str, sources: Path, tmp_path: Path
) -> None:
    save(address, tmp_path / "before")
    save(address, tmp_path / "counters")
    percentage = write_reports(tmp_path, sources, tmp_path / "counters", tmp_path / "before")
    assert_that(percentage, equal_to("0.0"))


def test_processes_of_one_program_are_added_up(address: str, sources: Path, tmp_path: Path) -> None:
    save(address, tmp_path / "counters", 0)
    save(address, tmp_path / "counters", 1)
    write_reports(tmp_path, sources, tmp_path / "counters", tmp_path / "before")
    profile = (tmp_path / "profile.txt").read_text()
    assert_that(profile, contains_string("paint.go:3.14,3.36 1 2\n"))


def test_counters_that_cannot_be_read_are_refused(sources: Path, tmp_path: Path) -> None:
    Counted(b"x" * 40, b"y").save(tmp_path / "counters", 0)
    with pytest.raises(ToolchainError):
        write_reports(tmp_path, sources, tmp_path / "counters", tmp_path / "before")

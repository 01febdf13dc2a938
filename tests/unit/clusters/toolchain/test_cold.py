"""The measurement of the first set-up, bench/cold.py: what it measures, and that nothing is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import psutil
import pytest
from hamcrest import is_

from bench.cold import table
from bench.component_times import Component
from bench.empty_caches import CACHES, MARK, Measured, Place
from maidenhair.waiting import eventually
from tests.project import ROOT

MAKES_WIDGET = """
    import os, pathlib, subprocess, sys
    folder = pathlib.Path(os.environ["MAIDENHAIR_CACHE_DIR"], "tools", "widget-1.2-abc123.0123abcd.partial")
    folder.mkdir(parents=True)
    work = "import time\\nwhile time.process_time() < 1.5: pass"
    subprocess.run([sys.executable, "-c", work], env={**os.environ, "GOTMPDIR": str(folder)}, check=True)
    folder.rmdir()
"""
MEASURES = """
    import sys
    from pathlib import Path
    from bench.empty_caches import Place
    with Place([sys.executable, "-c", "open(" + repr(sys.argv[2]) + ", 'w')"], Path(sys.argv[1])) as place:
        place.run("sleep", ["sh", "-c", "sleep 600 & sleep 600"], place.folder)
"""
WITHIN = 120


def test_wall_and_processor_time_of_each_component(tmp_path: Path) -> None:
    with Place(parent=tmp_path) as place:
        command = [sys.executable, "-c", dedent(MAKES_WIDGET)]
        measured = place.run("making", command, tmp_path)

    assert list(measured.components) == ["widget-1.2"]
    widget = measured.components["widget-1.2"]
    assert 0 <= widget.began <= widget.ended <= measured.wall
    assert 0 < widget.cpu <= measured.cpu


def test_all_caches_are_new_and_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIDENHAIR_TOOL_KUBECTL", "/somewhere")
    monkeypatch.setenv("MAIDENHAIR_MIRRORS", "https://a.example=https://b.example")
    with Place(parent=tmp_path) as place:
        assert {place.environment[name] for name in CACHES} == {
            str(path) for path in place.folder.iterdir()
        }
        assert "MAIDENHAIR_TOOL_KUBECTL" not in place.environment
        assert "MAIDENHAIR_MIRRORS" in place.environment
        (place.folder / "modules" / "file").touch()

    assert list(tmp_path.iterdir()) == []


def test_a_command_that_fails_ends_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="false ended with status 1"), Place(parent=tmp_path) as it:
        it.run("failing", ["false"], tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_a_measurement_that_was_killed(tmp_path: Path, number: int) -> None:
    places, undone = tmp_path / "places", tmp_path / "undone"
    places.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", dedent(MEASURES), str(places), str(undone)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        eventually(lambda: len(sleeping(places)) >= 2, is_(True), within=WITHIN)
    finally:
        process.send_signal(number)
        process.wait()

    eventually(lambda: list(places.iterdir()), is_([]), within=WITHIN)
    assert sleeping(places) == []
    assert undone.exists()


def test_the_table_has_each_component_and_the_rest() -> None:
    first = Component(1.0, 61.0, {(1, 1.0): 80.0, (2, 2.0): 20.4})
    measured = [Measured("set-up", 90, 120, {"widget-1.2": first}), Measured("more", 10, 5)]

    _, *lines = table(measured)

    assert lines == [
        "| what | began after s | wall s | CPU s |",
        "|---|---:|---:|---:|",
        "| widget-1.2 | 1 | 60 | 100 |",
        "| maidenhair, images, start | | | 20 |",
        "| **set-up** | | **90** | **120** |",
        "| **more** | | **10** | **5** |",
        "| **together** | | **100** | **125** |",
    ]


def sleeping(places: Path) -> list[int]:
    """Return the processes that were started in a place in this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            variables = process.environ()
        except psutil.Error:
            continue
        if variables.get(MARK, "").startswith(f"{places}{os.sep}"):
            found.append(process.pid)
    return found

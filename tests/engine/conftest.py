"""Suites for behave, and real runs of them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

import pytest
from hamcrest import has_item

from maidenhair.waiting import eventually

SUITES = Path(__file__).parent / "suites"
RUN_SECONDS = 300
RUNNER = ("--runner", "maidenhair.engine:Runner")


@dataclass(frozen=True)
class Ended:
    """A run that ended: its exit code, what it printed, and what the suite logged."""

    code: int
    out: str
    err: str
    log: list[str]

    @property
    def last_line(self) -> str:
        """Return the last line on standard output."""
        return (self.out.rstrip().splitlines() or [""])[-1]


class Suite:
    """A folder with a suite of behave's.

    Args:
        folder: the folder.
    """

    python = sys.executable
    runner = RUNNER

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / "log"
        self._started: list[subprocess.Popen[str]] = []

    @property
    def log(self) -> list[str]:
        """Return what the suite logged so far."""
        return self._log.read_text().splitlines() if self._log.exists() else []

    def feature(self, text: str, name: str = "f") -> None:
        """Write a feature; of scenarios alone, one is made that has the file's name."""
        text = dedent(text).strip()
        if "Feature:" not in text:
            text = f"Feature: {name}\n{indent(text, '  ')}"
        (self.folder / f"{name}.feature").write_text(text + "\n")

    def hooks(self, text: str) -> None:
        """Write more hooks."""
        (self.folder / "more_hooks.py").write_text(f"from notes import log\n{dedent(text)}")

    def start(self, *options: str, **environment: str) -> subprocess.Popen[str]:
        """Start a run with the engine."""
        return self.popen([sys.executable, "-m", "behave", *RUNNER, *options], **environment)

    def run(self, *options: str, **environment: str) -> Ended:
        """Run with the engine."""
        return self.end(self.start(*options, **environment))

    def command(self, *arguments: str, **environment: str) -> Ended:
        """Run the command `maidenhair`."""
        return self.end(self.popen([sys.executable, "-m", "maidenhair", *arguments], **environment))

    def popen(self, command: list[str], **environment: str) -> subprocess.Popen[str]:
        """Start a process in the folder."""
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={
                **os.environ,
                "SUITE_LOG": str(self._log),
                "MAIDENHAIR_HISTORY": str(self.folder / "history.json"),
                "PYTHONDONTWRITEBYTECODE": "1",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def close(self) -> None:
        """Kill what a failed test did not wait for."""
        for process in self._started:
            with process:
                process.kill()

    def end(self, process: subprocess.Popen[str]) -> Ended:
        """Wait for the end of a process."""
        try:
            out, err = process.communicate(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGUSR1)
            process.kill()
            out, err = process.communicate()
            pytest.fail(f"the run did not end\n{out}\n{err}\n{self.log}")
        return Ended(process.returncode, out, err, self.log)

    def wait_for(self, line: str) -> None:
        """Wait until the suite has logged a line."""
        eventually(lambda: self.log, has_item(line), within=RUN_SECONDS)


@pytest.fixture(scope="session", autouse=True)
def default_hangup() -> Iterator[None]:
    """Let SIGHUP end runs although nohup, which ignores it, may have started the tests."""
    previous = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, previous)


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Suite]:
    """Give a suite without features, whose hooks and steps log."""
    suite = copied("common", tmp_path)
    yield suite
    suite.close()


def copied(name: str, folder: Path) -> Suite:
    """Return a suite that is a copy of one of those in `suites`."""
    target = folder / "suite"
    shutil.copytree(SUITES / name, target)
    return Suite(target)

"""Runs of generated suites, and what they report."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from .suites import SUITE, GeneratedSuite

BEHAVE = ("--runner", "behave.runner:Runner")
ENGINE = ("--runner", "maidenhair.engine:Runner")
OUTPUTS = ("-f", "json", "-o", "reports/json", "-f", "plain", "-o", "reports/plain")
TRACE = ("-f", "recorders:TraceFormatter", "-o", "reports/trace")
PLACES = {
    "SUITE_TRACE": "trace",
    "SUITE_REPORTER": "reporter",
    "MAIDENHAIR_HISTORY": "history.json",
    "PYTHONPATH": "features",
}
"""The environment of a run: paths in its folder."""
RUN_SECONDS = 300
SERVER = Path(__file__).parent / "server.py"


@dataclass(frozen=True)
class Report:
    """Everything that one run of a suite reported.

    Attributes:
        code: the exit code; None if the run did not end.
        out: standard output.
        err: standard error.
        files: the text of each report.
        junit: the JUnit report of each feature; None where it is not well-formed.
        trace: what hooks, fixtures and cleanups traced.
        reporter: what a reporter that was added in before_all got.
        events: the file of the run's events; None if there is none.
    """

    code: int | None
    out: str
    err: str
    files: dict[str, str]
    junit: dict[str, ElementTree.Element | None]
    trace: list[dict[str, Any]]
    reporter: list[dict[str, Any]]
    events: Path | None

    @property
    def crashed(self) -> bool:
        """Return whether the run ended with an exception."""
        return self.code is None or "Traceback (most recent call last)" in self.err


class Runs:
    """Runs suites, each in a process that is forked from one in which everything is loaded.

    Args:
        folder: where the suites are written.
        server: the process that forks.
    """

    def __init__(self, folder: Path, server: subprocess.Popen[str]) -> None:
        self.folder = folder
        self._server = server

    def run(self, suite: GeneratedSuite, name: str, *options: str) -> Report:
        """Write a suite into a folder with a name, run it there, and return the report."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        suite.write(folder)
        (folder / "reports").mkdir()
        environment = {
            **{name: str(folder / path) for name, path in PLACES.items()},
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(self.folder),
        }
        code = self.call(folder, arguments(suite, *options), environment)
        return read_report(folder, code)

    def call(self, folder: Path, arguments: list[str], environment: dict[str, str]) -> int | None:
        """Run behave in a folder; return the exit code, or None if the run did not end."""
        request = {
            "folder": str(folder),
            "arguments": arguments,
            "environment": environment,
            "seconds": RUN_SECONDS,
        }
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        code: int | None = json.loads(self._server.stdout.readline())
        return code


def arguments(suite: GeneratedSuite, *options: str) -> list[str]:
    """Return behave's arguments for a run of a suite."""
    junit = ("--junit", "--junit-directory", "reports/junit", "--no-color")
    return ["features", *junit, *OUTPUTS, *TRACE, *suite.options, *options]


def script(suite: GeneratedSuite, *options: Sequence[str]) -> str:
    """Return commands that write a suite into the current folder, and run it once with each group of options."""
    lines = [f"cp -r {shlex.quote(str(SUITE))}/. . && mkdir -p reports"]
    for name, text in suite.files.items():
        lines.append(f"cat > {name} <<'END OF FILE'\n{text.rstrip()}\nEND OF FILE")
    places = " ".join(f"{name}=$PWD/{path}" for name, path in PLACES.items())
    for each in options:
        command = shlex.join([sys.executable, "-m", "behave", *arguments(suite, *each)])
        lines.append(f"{places} {command}")
    return "\n".join(lines)


@contextmanager
def serving(folder: Path) -> Iterator[Runs]:
    """Provide runs in a folder for the body."""
    command = [sys.executable, str(SERVER)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            yield Runs(folder, server)
        finally:
            assert server.stdin is not None
            server.stdin.close()


def read_report(folder: Path, code: int | None) -> Report:
    """Read what a run left in its folder."""
    reports = folder / "reports"

    def read(path: Path) -> str:
        return path.read_text(errors="backslashreplace").replace(str(folder), "FOLDER")

    files = {path.name: read(path) for path in reports.iterdir() if path.is_file()}
    junit = {path.name: _parsed(read(path)) for path in (reports / "junit").glob("*.xml")}
    out, err = read(folder / "out"), read(folder / "err")
    trace, reporter = (
        _lines(read(folder / name)) if (folder / name).exists() else []
        for name in ("trace", "reporter")
    )
    events = next(folder.glob("artifacts/*/events.jsonl"), None)
    return Report(code, out, err, files, junit, trace, reporter, events)


def _parsed(text: str) -> ElementTree.Element | None:
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def without_times(text: str) -> str:
    """Replace the times in a report."""
    text = re.sub(r"\b\d+\.\d+s\b", "Xs", text)
    text = re.sub(r'"duration": [\d.e-]+', '"duration": X', text)
    return re.sub(r"Took .*", "Took X", text)

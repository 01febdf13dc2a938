"""A suite reports the same with the engine as with behave alone."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from .conftest import RUNNER, copied

FORMATS = ("pretty", "plain", "progress3", "json.pretty", "rerun", "tags")
DIFFERENCES = (
    (r"\d+\.\d+s", "Xs"),
    (r'"duration": [\d.e-]+', '"duration": X'),
    (r'time(stamp)?="[^"]*"', "X"),
    (r"USING RUNNER.*\n", ""),
    # The engine warns of a scenario without steps.
    (r"Warning: .*\n", ""),
    # The engine runs cleanups without this function of behave's.
    (r'  File ".*behave/runner.py", line \d+, in _do_cleanups\n(    .*\n)*', ""),
)


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_reports_are_equal_to_those_of_behave(tmp_path: Path, jobs: str) -> None:
    without = reports(tmp_path / "without")
    with_engine = reports(tmp_path / "with", *RUNNER, "--jobs", jobs)

    for name, text in without.items():
        assert with_engine[name] == text, name
    assert with_engine.keys() == without.keys()


def reports(folder: Path, *options: str) -> dict[str, str]:
    suite = copied("parity", folder)
    outputs = [option for name in FORMATS for option in ("-f", name, "-o", f"reports/{name}")]
    command = [sys.executable, "-m", "behave", ".", "--no-color", "-t", "not @left_out"]
    process = suite.popen([*command, "--junit", *outputs, *options])
    ended = suite.end(process)
    assert ended.code == 1
    written = {
        str(path.relative_to(suite.folder)): path.read_text()
        for path in (suite.folder / "reports").rglob("*")
        if path.is_file()
    }
    # The summaries differ: both come last.
    summary = r"^(?:skipped|failed|slowest|took)\b|^\d+ passed|^(?:Failing|Errored) scenarios:"
    out = re.split(summary, ended.out, flags=re.MULTILINE)[0].rstrip()
    texts = {"stdout": out, "stderr": ended.err, **written}
    return {name: comparable(text) for name, text in texts.items()}


def comparable(text: str) -> str:
    for pattern, replacement in DIFFERENCES:
        text = re.sub(pattern, replacement, text)
    return text

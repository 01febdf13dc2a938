"""The hooks in real behave runs over small suites, with a cluster that is not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

import pytest

PROJECT = Path(__file__).resolve().parents[2]

ENVIRONMENT = """
import os
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from maidenhair.hooks import Hooks


def log(line):
    with Path("log").open("a") as file:
        print(line, file=file)


class Kube:
    def list(self, api_version, kind, namespace=None, **selectors):
        log(f"list {kind}")
        return []


class Run:
    id = "run1"

    @contextmanager
    def namespace(self, spec_name):
        if "no namespace" in spec_name:
            raise RuntimeError("no namespace for you")
        log(f"namespace for {spec_name}")
        try:
            yield "space"
        finally:
            log(f"no namespace for {spec_name}")


@contextmanager
def open_session(settings, progress):
    log("open session")
    if "REFUSE_SESSION" in os.environ:
        raise RuntimeError("no cluster today")
    cluster = SimpleNamespace(name="fake", capabilities={"api"})
    try:
        yield SimpleNamespace(cluster=cluster, kube=Kube(), server_image="server:1")
    finally:
        log("close session")
        if "FAIL_AT_CLOSE" in os.environ:
            raise RuntimeError("the cluster stays")


@contextmanager
def open_run(kube, progress):
    log("begin run")
    yield Run()
    log("end run")


hooks = Hooks(open_session, open_run)
before_all = hooks.before_all
before_scenario = hooks.before_scenario
after_scenario = hooks.after_scenario
after_all = hooks.after_all
"""

STEPS = """
import os
import signal
from pathlib import Path

from behave import step


def log(line):
    with Path("log").open("a") as file:
        print(line, file=file)


def fail(text):
    log(text)
    raise RuntimeError(text)


def send(name, times):
    for _ in range(times):
        os.kill(os.getpid(), signal.Signals[name])


@step("it passes")
def passes(context):
    log("step")


@step("it fails")
def fails(context):
    raise AssertionError("as it should")


@step("it breaks")
def breaks(context):
    raise RuntimeError("broken")


@step('a cleanup "{name}"')
def cleanup(context, name):
    context.spec.cleanups.add(f"do {name}", lambda: log(f"cleanup {name}"))


@step('a cleanup "{name}" that fails')
def failing_cleanup(context, name):
    context.spec.cleanups.add(f"do {name}", lambda: fail(f"cleanup {name}"))


@step("a cleanup during which {name} arrives {times:d} times")
def interrupted_cleanup(context, name, times):
    context.spec.cleanups.add("be interrupted", lambda: send(name, times))


@step("a child that gets {name}")
def child(context, name):
    pid = os.fork()
    if pid == 0:
        send(name, 1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.Signals[name]


@step("{name} arrives")
def interrupted(context, name):
    send(name, 1)
    log("not interrupted")
"""


INTERRUPTING = """
import os
import signal

from behave.formatter.base import Formatter


class Interrupting(Formatter):
    def step(self, step):
        os.kill(os.getpid(), signal.SIGINT)
"""


@dataclass(frozen=True)
class Ended:
    """A behave run that ended."""

    code: int
    output: str
    log: list[str]

    @property
    def last_line(self) -> str:
        return self.output.rstrip().splitlines()[-1]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "environment.py").write_text(ENVIRONMENT)
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "all.py").write_text(STEPS)
    (tmp_path / "features").mkdir()
    return tmp_path


def run(suite: Path, scenarios: str, *options: str, **environment: str) -> Ended:
    feature = "Feature: F\n" + indent(dedent(scenarios), "  ")
    (suite / "features" / "f.feature").write_text(feature)
    done = subprocess.run(
        [sys.executable, "-m", "behave", "features", "--no-color", *options],
        cwd=suite,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    log = suite / "log"
    return Ended(done.returncode, done.stdout, log.read_text().splitlines() if log.exists() else [])


PASSING = """
    Scenario: good
      Given it passes
"""


@pytest.mark.parametrize(
    ("scenario", "line", "code"),
    [
        ("Scenario: x\n  Given it passes", "1 passed, 0 failed, 0 skipped", 0),
        ("Scenario: x\n  Given it fails", "0 passed, 1 failed, 0 skipped", 1),
        ("Scenario: x\n  Given it breaks", "0 passed, 1 failed, 0 skipped", 1),
        ("Scenario: x\n  Given it is undefined", "0 passed, 1 failed, 0 skipped", 1),
        ("Scenario: no namespace\n  Given it passes", "0 passed, 1 failed, 0 skipped", 1),
        ('Scenario: x\n  Given a cleanup "a" that fails', "0 passed, 1 failed, 0 skipped", 1),
        ("Scenario: x\n  Given SIGINT arrives", "0 passed, 1 failed, 0 skipped", 1),
        ("@use.with_gpu=yes\nScenario: x\n  Given it fails", "0 passed, 0 failed, 1 skipped", 0),
        ("@not.with_api=yes\nScenario: x\n  Given it fails", "0 passed, 0 failed, 1 skipped", 0),
        ("@use.with_api=yes\nScenario: x\n  Given it passes", "1 passed, 0 failed, 0 skipped", 0),
        ("@use.with_wings=yes\nScenario: x\n  Given it passes", "0 passed, 1 failed, 0 skipped", 1),
    ],
)
def test_the_run_ends_with_the_closing_line(
    suite: Path, scenario: str, line: str, code: int
) -> None:
    ended = run(suite, scenario)

    assert ended.last_line == line
    assert ended.code == code


def test_every_row_of_an_outline_is_a_spec(suite: Path) -> None:
    ended = run(
        suite,
        """
        Scenario Outline: o
          Given it <does>
          Examples:
            | does   |
            | passes |
            | fails  |
            | passes |
        """,
    )

    assert ended.last_line == "2 passed, 1 failed, 0 skipped"


def test_what_is_not_selected_is_skipped(suite: Path) -> None:
    ended = run(suite, PASSING + PASSING.replace("good", "other"), "--name", "good")

    assert ended.last_line == "1 passed, 0 failed, 1 skipped"
    assert "skipped:" not in ended.output


def test_a_missing_capability_is_told_at_the_end(suite: Path) -> None:
    ended = run(
        suite, "@use.with_multi_node=yes\nScenario: wide\n  Given it passes\n" + dedent(PASSING)
    )

    expected = (
        "skipped: wide: the cluster lacks the capability multi-node (@use.with_multi_node=yes)"
    )
    assert ended.output.rstrip().splitlines()[-2] == expected
    assert "namespace for wide" not in ended.log


def test_without_a_cluster_nothing_counts_as_passed(suite: Path) -> None:
    ended = run(suite, PASSING + PASSING.replace("good", "other"), REFUSE_SESSION="1")

    assert ended.code != 0
    assert ended.last_line == "0 passed, 2 failed, 0 skipped"
    assert "error outside the specs: RuntimeError: no cluster today" in ended.output
    assert ended.log == ["open session"]


def test_a_cluster_that_cannot_be_removed_fails_the_run(suite: Path) -> None:
    ended = run(suite, PASSING, FAIL_AT_CLOSE="1")

    assert ended.code != 0
    assert "error outside the specs: CleanupFailed: could not close the cluster" in ended.output
    assert ended.last_line == "1 passed, 0 failed, 0 skipped"


def test_a_wrong_setting_ends_the_run_before_a_cluster_is_made(suite: Path) -> None:
    ended = run(suite, PASSING, "-D", "provider=moon")

    assert ended.code != 0
    assert "ConfigurationError" in ended.output
    assert "moon" in ended.output
    assert ended.log == []


def test_a_run_and_a_namespace_are_opened_and_closed_in_order(suite: Path) -> None:
    ended = run(suite, PASSING)

    assert ended.log == [
        "open session",
        "begin run",
        "namespace for good",
        "step",
        "no namespace for good",
        "end run",
        "close session",
    ]


def test_cleanups_run_in_reverse_and_all_of_them(suite: Path) -> None:
    ended = run(
        suite,
        """
        Scenario: untidy
          Given a cleanup "first"
          And a cleanup "second" that fails
          And a cleanup "third"
          And it fails
        """,
    )

    cleanups = [line for line in ended.log if "cleanup" in line or "no namespace" in line]
    assert cleanups == [
        "cleanup third",
        "cleanup second",
        "cleanup first",
        "no namespace for untidy",
    ]
    assert "could not do second: RuntimeError: cleanup second" in ended.output


def test_a_failure_is_diagnosed_before_the_namespace_is_removed(suite: Path) -> None:
    ended = run(suite, "Scenario: bad\n  Given it fails")

    assert ended.log.index("list Event") < ended.log.index("no namespace for bad")
    assert "Diagnostics of Namespace space" in ended.output
    assert (suite / "artifacts" / "run1" / "space").is_dir()


def test_a_spec_that_passes_is_not_diagnosed(suite: Path) -> None:
    ended = run(suite, PASSING)

    assert not [line for line in ended.log if line.startswith("list")]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_run_and_everything_is_cleaned_up(suite: Path, name: str) -> None:
    scenario = f"""
        Scenario: long
          Given a cleanup "first"
          And {name} arrives
    """
    ended = run(suite, scenario + PASSING)

    assert ended.code != 0
    assert "not interrupted" not in ended.log
    assert ended.log[-4:] == ["cleanup first", "no namespace for long", "end run", "close session"]
    assert ended.last_line == "0 passed, 2 failed, 0 skipped"


def test_a_signal_during_a_cleanup_does_not_skip_the_others(suite: Path) -> None:
    scenario = """
        Scenario: tidy
          Given a cleanup "first"
          And a cleanup during which SIGINT arrives 1 times
    """
    ended = run(suite, scenario + PASSING)

    assert ended.code != 0
    assert ended.log[-4:] == ["cleanup first", "no namespace for tidy", "end run", "close session"]
    assert "namespace for good" not in ended.log


def test_a_second_signal_leaves_at_once(suite: Path) -> None:
    ended = run(
        suite,
        """
        Scenario: hasty
          Given a cleanup "first"
          And a cleanup during which SIGINT arrives 2 times
        """,
    )

    assert ended.code == -signal.SIGINT
    assert "leaving at once" in ended.output
    assert "cleanup first" not in ended.log


def test_a_dry_run_needs_no_cluster(suite: Path) -> None:
    ended = run(suite, PASSING, "--dry-run")

    assert ended.code == 0
    assert ended.log == []


def test_a_signal_to_a_forked_child_does_not_touch_the_run(suite: Path) -> None:
    ended = run(suite, "Scenario: parent\n  Given a child that gets SIGTERM\n  And it passes")

    assert ended.code == 0
    assert ended.log.count("step") == 1
    assert "cleaning up" not in ended.output


def test_a_signal_between_two_hooks_leaves_nothing(suite: Path) -> None:
    (suite / "interrupting.py").write_text(INTERRUPTING)

    ended = run(suite, PASSING, "-f", "interrupting:Interrupting")

    assert ended.code != 0
    assert "step" not in ended.log
    assert ended.log[-3:] == ["no namespace for good", "end run", "close session"]
    assert ended.last_line == "0 passed, 1 failed, 0 skipped"

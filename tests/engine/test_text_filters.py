"""Text filters: no report, event or line on the terminal has what a filter of the suite removes."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest

from maidenhair.events import Attached, SpecEnded, StepEnded, read_events

from .conftest import Ended, Suite

JOBS = pytest.mark.parametrize("jobs", ["1", "2"])
SECRET = "hunter2-x"
REPORTS = ("-f", "json", "-o", "r.json", "-f", "plain", "-o", "r.txt", "-f", "pretty", "--junit")
# The hook and the steps have no literal with it, because the lines of code in a traceback stay as they are.
FILTER = """
    from maidenhair.engine import add_text_filter

    SECRET = "-".join(["hunter2", "x"])

    def before_all(context):
        add_text_filter(context, lambda text: text.replace(SECRET, "<gone>"))
"""
TAGGED = """
    @of-the-feature
    Feature: f
      Scenario: s
        Given it passes
      Scenario: t
        Given it passes
"""
STEPS = """
import logging
import subprocess
import sys

from behave import step

SECRET = "-".join(["hunter2", "x"])


@step("it fails with the secret")
def fails(context):
    raise AssertionError(f"expected {SECRET}")


@step("it breaks with the secret in a chain of errors")
def breaks(context):
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        error.add_note(f"a note on {SECRET}")
        raise ExceptionGroup(f"group {SECRET}", [ValueError(SECRET)]) from error


@step("it prints the secret and fails")
def prints(context):
    print(f"out {SECRET}")
    print(f"err {SECRET}", file=sys.stderr)
    logging.getLogger("suite").warning("log %s", SECRET)
    raise AssertionError("after its output")


@step("it prints the secret")
def prints_and_passes(context):
    print(f"out {SECRET}")


@step("it prints much of the secret and fails")
def prints_much(context):
    for _ in range(40_000):
        print(f"much {SECRET}")
    raise AssertionError("after its output")


@step("it attaches the secret")
def attaches(context):
    context.attach("text/plain", f"text {SECRET}".encode())
    context.attach("image/png", b"\\x89PNG\\xff" + SECRET.encode())
    context.attach("image/png", b"\\x89PNG\\xff")


@step("its cleanup fails with the secret")
def cleanup(context):
    def clean():
        raise OSError(f"dirty {SECRET}")

    context.add_cleanup(clean)
"""


def everything(suite: Suite, ended: Ended) -> str:
    """Return all that a run printed and wrote, with attachments decoded."""
    texts = [ended.out, ended.err]
    sources = {"steps", "more_hooks.py", "environment.py", "notes.py", "log"}
    for path in suite.folder.rglob("*"):
        if path.is_file() and not sources & set(path.relative_to(suite.folder).parts):
            texts.append(path.read_bytes().decode(errors="replace"))
    report = suite.folder / "r.json"
    elements = [e for f in json.loads(report.read_text()) for e in f.get("elements", ())]
    for step in (step for element in elements for step in element["steps"]):
        for each in step.get("embeddings", ()):
            texts.append(b64decode(each["data"]).decode(errors="replace"))
    return "\n".join(texts)


def filtering(suite: Suite, scenarios: str, hooks: str = "") -> None:
    suite.feature(scenarios)
    suite.hooks(FILTER + hooks)
    (suite.folder / "steps" / "secret.py").write_text(STEPS)


@JOBS
@pytest.mark.parametrize(
    "step",
    [
        "it fails with the secret",
        "it breaks with the secret in a chain of errors",
        "it prints the secret and fails",
        "it prints much of the secret and fails",
        "it attaches the secret",
        "its cleanup fails with the secret",
    ],
)
def test_nothing_that_a_step_says_has_the_secret(suite: Suite, jobs: str, step: str) -> None:
    filtering(suite, f"Scenario: s\n  Given {step}\nScenario: other\n  Given it passes")
    ended = suite.run("-j", jobs, *REPORTS)

    said = everything(suite, ended)
    assert SECRET not in said
    assert "<gone>" in said


@JOBS
@pytest.mark.parametrize("hook", ["before_scenario", "after_step", "before_tag", "after_all"])
def test_nothing_that_a_hook_says_has_the_secret(suite: Suite, jobs: str, hook: str) -> None:
    failing = f"""
    def {hook}(context, *_):
        print(f"printed {{SECRET}}")
        raise RuntimeError(f"raised {{SECRET}}")
    """
    filtering(suite, TAGGED, failing)
    ended = suite.run("-j", jobs, *REPORTS)

    said = everything(suite, ended)
    assert ended.code == 1
    assert SECRET not in said
    assert "raised <gone>" in said


@JOBS
def test_output_that_is_not_captured_has_no_secret(suite: Suite, jobs: str) -> None:
    filtering(suite, "Scenario: s\n  Given it prints the secret")
    # With JUnit, behave always captures.
    ended = suite.run("-j", jobs, "--no-capture", *REPORTS[:-1])

    assert ended.code == 0
    assert SECRET not in everything(suite, ended)
    assert "out <gone>" in ended.out


def test_the_last_output_of_a_lost_worker_has_no_secret(suite: Suite) -> None:
    dying = """
    import os, signal

    def before_run(context):
        before_all(context)

    def before_step(context, step):
        print(f"last words {SECRET}")
        os.kill(os.getpid(), signal.SIGKILL)
    """
    filtering(suite, "Scenario: s\n  Given it passes\nScenario: t\n  Given it passes", dying)
    ended = suite.run("-j", "2", *REPORTS)

    said = everything(suite, ended)
    assert SECRET not in said
    assert "last words <gone>" in said


@JOBS
def test_the_text_is_withheld_if_the_filter_fails(suite: Suite, jobs: str) -> None:
    filtering(suite, "Scenario: s\n  Given it fails with the secret")
    suite.hooks(
        """
        from maidenhair.engine import add_text_filter

        def fail(text):
            raise LookupError(text)

        def before_all(context):
            add_text_filter(context, fail)
        """
    )
    ended = suite.run("-j", jobs, *REPORTS)

    said = everything(suite, ended)
    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    assert SECRET not in said
    assert (
        f"Text withheld: a text filter of the suite raised LookupError at {suite.folder}/more_hooks.py:6."
        in said
    )


@JOBS
def test_the_filter_is_not_called_for_specs_that_say_nothing(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: s\n  Given it passes")
    suite.hooks(
        """
        from maidenhair.engine import add_text_filter

        def note(text):
            log(f"filtered {text}")
            return text

        def before_all(context):
            add_text_filter(context, note)
        """
    )
    ended = suite.run("-j", jobs, *REPORTS)

    assert ended.code == 0
    assert not [line for line in ended.log if line.startswith("filtered")]


@JOBS
def test_data_that_are_no_text_are_withheld_if_they_have_the_secret(
    suite: Suite, jobs: str
) -> None:
    filtering(suite, "Scenario: s\n  Given it attaches the secret")
    suite.run("-j", jobs, *REPORTS)

    (path,) = suite.folder.glob("artifacts/*/events.jsonl")
    attached = [each for each in read_events(path) if isinstance(each, Attached)]
    assert [each.text or b64decode(each.base64 or "") for each in attached] == [
        "text <gone>",
        b"Data withheld: they contain text that a text filter of the suite removes.",
        b"\x89PNG\xff",
    ]


@JOBS
def test_the_status_and_the_type_of_an_error_stay(suite: Suite, jobs: str) -> None:
    filtering(suite, "Scenario: s\n  Given it breaks with the secret in a chain of errors")
    ended = suite.run("-j", jobs, *REPORTS)

    (path,) = suite.folder.glob("artifacts/*/events.jsonl")
    found = list(read_events(path))
    (step,) = [each for each in found if isinstance(each, StepEnded)]
    (spec,) = [each for each in found if isinstance(each, SpecEnded)]
    assert (step.status, spec.outcome, ended.code) == ("error", "failed", 1)
    assert "ExceptionGroup: group <gone> (1 sub-exception)" in (step.error or "")
    assert "ExceptionGroup: group <gone>" in Path(suite.folder / "reports/TESTS-f.xml").read_text()

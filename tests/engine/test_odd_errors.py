"""Errors that are hard to show are shown, and end nothing but their spec."""

from __future__ import annotations

import json

import pytest

from .conftest import Suite

STEPS = """
from behave import step

@step("a function calls itself")
def recurse(context):
    def again(number):
        return again(number + 1) + again(number + 2)
    again(0)

class Odd(ValueError):
    pass

class Silent(Exception):
    def __str__(self):
        raise RuntimeError("no text")

@step("it raises its own error")
def own(context):
    raise Odd("odd") from KeyError("cause")

@step("it raises an error without text")
def silent(context):
    raise Silent

@step("it raises a group")
async def group(context):
    raise ExceptionGroup("several", [Odd("odd"), ValueError("plain")])

@step("it attaches text")
def attaches(context):
    context.attach("text/plain", "a str, not bytes")
"""

REPORT = """
from behave.formatter.base import Formatter

class Errors(Formatter):
    def result(self, step):
        error = step.exception
        if error is not None:
            with open("errors.log", "a") as file:
                kind = type(error)
                bases = isinstance(error, ValueError), isinstance(error, ExceptionGroup)
                print(kind.__module__, kind.__qualname__, *bases, repr(error.__cause__), file=file)
"""

NAMES = ("it raises its own error", "it raises an error without text", "it raises a group")


def run(suite: Suite, jobs: str, *steps: str) -> dict[str, str]:
    (suite.folder / "steps" / "odd.py").write_text(STEPS)
    suite.feature("\n".join(f"Scenario: {step}\n  Given {step}" for step in (*steps, "it passes")))
    ended = suite.run(
        "-j", jobs, "-f", "json", "-o", "r.json", "-f", "errors:Errors", "-f", "plain"
    )
    assert ended.code == 1
    assert ended.last_line == f"1 passed, {len(steps)} failed, 0 skipped"
    assert ended.log.count("after it passes") == 1
    assert "maidenhair/engine/execution" not in ended.out
    (feature,) = json.loads((suite.folder / "r.json").read_text())
    return {each["name"]: each["status"] for each in feature["elements"]}


@pytest.fixture(autouse=True)
def report(suite: Suite) -> None:
    (suite.folder / "errors.py").write_text(REPORT)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_endless_recursion_fails_its_spec_after_which_hooks_run(suite: Suite, jobs: str) -> None:
    statuses = run(suite, jobs, "a function calls itself")

    assert statuses == {"a function calls itself": "error", "it passes": "passed"}
    assert suite.log.count("after a function calls itself") == 1


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_formatters_get_errors_with_their_names_types_and_causes(suite: Suite, jobs: str) -> None:
    run(suite, jobs, *NAMES)

    lines = (suite.folder / "errors.log").read_text().splitlines()
    own, silent, group = (line.split(" ", 4) for line in lines)
    assert own[1:] == ["Odd", "True", "False", "KeyError('cause')"]
    assert silent[1] == "SpecBroken"
    assert group[:4] == ["builtins", "ExceptionGroup", "False", "True"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_attachment_of_text_fails_its_step_where_a_report_needs_bytes(
    suite: Suite, jobs: str
) -> None:
    assert run(suite, jobs, "it attaches text") == {
        "it attaches text": "error",
        "it passes": "passed",
    }

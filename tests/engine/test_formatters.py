"""Formatters, reporters and hooks get the same from the engine as from behave."""

from __future__ import annotations

import json

import pytest

from .conftest import Suite

ONE = "Scenario: one\n  Given it passes\nScenario: two\n  Given it passes"

FORMATTERS = """
from behave.formatter.base import Formatter

class Titled(Formatter):
    name = "titled"

    def __init__(self, stream_opener, config):
        super().__init__(stream_opener, config)
        self.title, self.notes, self.current = "none", [], Current()

    def set_title(self, title):
        self.title = title

    def note(self, text, author="nobody"):
        self.notes.append([text, author])
        return Note(self.notes[-1])

    def close(self):
        with open("titled.log", "w") as file:
            print(self.title, sorted(self.notes), self.current.marked, file=file)

class Current:
    marked = False

class Note:
    def __init__(self, note):
        self.note = note

    def sign(self, author):
        self.note[1] = author

class Broken(Formatter):
    name = "broken"

    def scenario(self, scenario):
        raise RuntimeError("no formatter today")
"""

HOOKS = """
def titled(context):
    return next(each for each in context._runner.formatters if each.name == "titled")

def before_all(context):
    titled(context).set_title("a title")

def before_scenario(context, scenario):
    context.note = titled(context).note(scenario.name)
    assert not hasattr(titled(context), "embedding")
    assert [each.name for each in context._runner.formatters][:2] == ["titled", "plain"]

def before_step(context, step):
    context.note.sign(author="me")
    titled(context).current.marked = True
"""

REPORTER = """
from behave.reporter.base import Reporter

class Lines(Reporter):
    def feature(self, feature):
        with open("reporter.log", "a") as log:
            print(feature.name, feature.status.name, type(self.config).__name__, file=log)

    def end(self):
        with open("reporter.log", "a") as log:
            print("end", file=log)

def before_all(context):
    context.config.reporters.append(Lines(context.config))
"""


def add_hooks(suite: Suite, text: str) -> None:
    environment = suite.folder / "environment.py"
    environment.write_text(f"{environment.read_text()}\n{text}")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_hooks_use_formatters_as_under_behave(suite: Suite, jobs: str) -> None:
    (suite.folder / "formatters.py").write_text(FORMATTERS)
    suite.feature(ONE)
    add_hooks(suite, HOOKS)
    ended = suite.run("-j", jobs, "-f", "formatters:Titled", "-o", "t", "-f", "plain")

    assert (ended.code, ended.last_line) == (0, "2 passed, 0 failed, 0 skipped")
    written = (suite.folder / "titled.log").read_text()
    assert written == "a title [['one', 'me'], ['two', 'me']] True\n"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_formatter_that_fails_is_named_and_the_other_reports_are_whole(
    suite: Suite, jobs: str
) -> None:
    (suite.folder / "formatters.py").write_text(FORMATTERS)
    suite.feature(ONE)
    suite.hooks("def after_run(context):\n    log('after run')")
    outputs = ("-f", "formatters:Broken", "-o", "b", "-f", "json", "-o", "r.json")
    ended = suite.run("-j", jobs, *outputs, "--junit")

    assert (ended.code, ended.last_line) == (1, "2 passed, 0 failed, 0 skipped")
    assert ended.out.count("the formatter broken failed") == 1
    assert "RuntimeError: no formatter today" in ended.out and "formatters.py:" in ended.out
    (feature,) = json.loads((suite.folder / "r.json").read_text())
    assert [each["status"] for each in feature["elements"]] == ["passed", "passed"]
    assert 'tests="2"' in (suite.folder / "reports" / "TESTS-f.xml").read_text()
    assert ended.log[-1] == "after run"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_names_and_tags_that_hooks_set_are_reported(suite: Suite, jobs: str) -> None:
    suite.feature(ONE)
    suite.hooks(
        """
        def before_scenario(context, scenario):
            scenario.name = f"{scenario.name} here"
            scenario.tags.append("seen")
        """
    )
    suite.run("-j", jobs, "-f", "json", "-o", "r.json", "--junit")

    (feature,) = json.loads((suite.folder / "r.json").read_text())
    assert [(each["name"], each["tags"]) for each in feature["elements"]] == [
        ("one", ["seen"]),
        ("two", ["seen"]),
    ]
    junit = (suite.folder / "reports" / "TESTS-f.xml").read_text()
    assert 'name="one here"' in junit and 'name="two here"' in junit


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_reporter_that_before_all_adds_is_called(suite: Suite, jobs: str) -> None:
    suite.feature(ONE)
    add_hooks(suite, REPORTER)
    ended = suite.run("-j", jobs)

    assert ended.code == 0
    lines = (suite.folder / "reporter.log").read_text().splitlines()
    assert lines == ["f passed Configuration", "end"]


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_reporter_that_before_all_adds_gets_features_without_selected_scenarios(
    suite: Suite, jobs: str
) -> None:
    suite.feature("Scenario: other\n  Given it passes", "a")
    suite.feature("Scenario: chosen\n  Given it passes", "b")
    add_hooks(suite, REPORTER)
    ended = suite.run("-j", jobs, "--name", "chosen")

    assert ended.code == 0
    lines = (suite.folder / "reporter.log").read_text().splitlines()
    assert lines == ["a skipped Configuration", "b passed Configuration", "end"]


def test_a_reporter_that_before_all_adds_is_called_once_in_each_round(suite: Suite) -> None:
    suite.feature("Scenario: one\n  Given it passes 1 times, then fails")
    add_hooks(suite, REPORTER)
    suite.run("-D", "maidenhair.until-it-fails=yes")

    lines = (suite.folder / "reporter.log").read_text().splitlines()
    assert lines == ["f passed Configuration", "f failed Configuration", "end"]


def test_a_reporter_that_cannot_be_moved_fails_the_run_with_a_way_out(suite: Suite) -> None:
    suite.feature(ONE)
    add_hooks(suite, REPORTER.replace("Lines(context.config))", "Lines(open('x', 'w')))"))
    ended = suite.run("-j", "2")

    assert (ended.code, ended.last_line) == (1, "2 passed, 0 failed, 0 skipped")
    assert "the reporter Lines, which before_all added, cannot be moved" in ended.out
    assert "run with -j 1" in ended.out


def test_standard_output_has_the_attributes_of_a_file_in_workers(suite: Suite) -> None:
    suite.feature(ONE)
    add_hooks(
        suite,
        "import sys\nsys.stdout.reconfigure(line_buffering=True)\n"
        "print(sys.stdout.name, sys.stdout.mode, sys.stdout.encoding, sys.stdout.isatty())\n",
    )
    ended = suite.run("-j", "2")

    assert (ended.code, ended.last_line) == (0, "2 passed, 0 failed, 0 skipped")
    assert "<stdout> w utf-8 False" in ended.out


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_formatters_get_the_arguments_of_steps(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: one\n  Given it waits 0.001 s")
    suite.run("-j", jobs, "-f", "json", "-o", "r.json")

    (feature,) = json.loads((suite.folder / "r.json").read_text())
    (argument,) = feature["elements"][0]["steps"][0]["match"]["arguments"]
    assert argument["name"] == "seconds" and argument["value"] == 0.001


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("path", ["f.feature/r.json", "/dev/full"])
def test_a_report_that_cannot_be_written_fails_the_run_when_it_ends(
    suite: Suite, jobs: str, path: str
) -> None:
    suite.feature(ONE)
    outputs = ("-f", "json", "-o", path, "-f", "json", "-o", "new/r.json")
    ended = suite.run("-j", jobs, *outputs)

    assert (ended.code, ended.last_line) == (1, "2 passed, 0 failed, 0 skipped")
    assert "f.feature is no folder" in ended.err or "No space left on device" in ended.out
    assert len(json.loads((suite.folder / "new" / "r.json").read_text())) == 1

"""JUnit reports are well-formed and fit the schema, whatever specs print, raise and are called."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from .conftest import Suite

SCHEMA = Path(__file__).with_name("junit.xsd")
STEPS = r"""
from behave import given

TEXT = "esc \x1b[31m\x1b nul \x00 bell \x07 nonchar \ufffe lone \ud800 plane \U0001ffff end ]]> <&>"


@given("strange characters are printed")
def printed(context):
    import sys

    print(TEXT)
    print(TEXT, file=sys.stderr)


@given("nothing is logged")
def nothing(context):
    pass


@given("strange characters are raised as {kind}")
def raised(context, kind):
    print(TEXT)
    raise {"failure": AssertionError, "error": ValueError}[kind](TEXT)
"""
HOOKS = r"""
    def before_scenario(context, scenario):
        if scenario.name == "renamed":
            scenario.name = "named \x1b\x00\ufffe"
        if scenario.name.startswith("broken"):
            raise OSError("hook \x1b\x00\ufffe\ud800")
        if scenario.name == "skipped":
            scenario.skip("reason \x00")
"""
FEATURE = """
    Scenario: printed
      Given strange characters are printed
    Scenario: failed
      Given strange characters are raised as failure
    Scenario: in error
      Given strange characters are raised as error
    Scenario: renamed
      Given nothing is logged
    Scenario: broken
      Given it passes
    Scenario: skipped
      Given it passes
    Scenario: flaky
      Given it fails 1 times, then passes
    Scenario: undefined
      Given it is made of nothing
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("form", ["plain", "progress3"])
def test_reports_fit_the_schema_whatever_specs_print(suite: Suite, jobs: str, form: str) -> None:
    suite.feature(FEATURE)
    suite.hooks(HOOKS)
    (suite.folder / "steps" / "strange.py").write_text(STEPS)
    ended = suite.run(
        *("-j", jobs, "--junit", "-f", form, "-f", form, "-o", "out.txt", "--no-color"),
        *("-D", "maidenhair.flake-attempts=2"),
    )
    report = suite.folder / "reports" / "TESTS-f.xml"
    xmlschema.XMLSchema(SCHEMA).validate(report)
    root = ElementTree.parse(report).getroot()
    text = report.read_text()
    messages = [each.get("message", "") for each in root.iter() if each.tag in ("failure", "error")]
    names = [each.get("name", "") for each in root.iter("testcase")]

    assert ended.code == 1
    assert ended.last_line == "3 passed, 4 failed, 1 skipped", ended.err
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == list("8131")
    assert (
        r"nul \x00 bell \x07 nonchar \ufffe lone \ud800 plane \U0001ffff end ]]> <&>" in messages[0]
    )
    assert r"esc \x1b[31m\x1b nul \x00 bell \x07" in messages[0]
    assert r"nul \x00 bell \x07 nonchar \ufffe lone \ud800" in text
    assert "Captured stdout" in text
    assert r"OSError: hook \x1b\x00\ufffe\ud800" in text
    assert "skipped" in names
    if jobs == "1":
        assert r"named \x1b\x00\ufffe" in names

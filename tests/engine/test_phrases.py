"""The list of phrases: what it tells, and what it complains about."""

from __future__ import annotations

import json

from tests.engine.conftest import Suite

STEPS = """
from behave import given, step, then


@given('a pot of "{what}"')
def fill(context, what):
    print("this is no part of the list")


@then("it is hot")
def is_hot(context):
    pass
"""


def test_phrases_are_listed_with_an_example_their_module_and_the_features_that_use_them(
    suite: Suite,
) -> None:
    (suite.folder / "steps" / "kitchen.py").write_text("print('loaded')\n" + STEPS)
    suite.feature(
        """
        Scenario Outline: long
          Given a pot of "<what>"
          Examples:
            | what      |
            | old beans |
        """,
        "beans",
    )
    suite.feature(
        """
        Background:
          Given a pot of "tea"
        Scenario: short
          Then it is hot
        """,
        "tea",
    )
    found = {each["text"]: each for each in json.loads(listed(suite, "--format", "json"))}
    text = listed(suite).splitlines()

    assert found['a pot of "{what}"'] == {
        "kind": "given",
        "text": 'a pot of "{what}"',
        "example": 'a pot of "tea"',
        "module": "steps/kitchen.py",
        "line": 6,
        "features": ["beans.feature", "tea.feature"],
    }
    place = text.index('  Given a pot of "{what}"  # line 6')
    assert text[place + 1 : place + 3] == [
        '      a pot of "tea"',
        "      beans.feature, tea.feature",
    ]
    assert "| Then | `it is hot` | it is hot | `steps/kitchen.py` | `tea.feature` |" in listed(
        suite, "--format", "markdown"
    )


def test_the_check_names_what_is_unused(suite: Suite) -> None:
    use_own_steps(suite)
    suite.feature("Scenario: tea\n  Then it is hot")
    ended = suite.command("steps", "--check", ".")

    assert ended.code == 1
    assert """steps/kitchen.py:5: no feature uses 'a pot of "{what}"'; remove it""" in ended.err
    assert "it is hot" not in ended.err


def test_the_check_names_phrases_that_say_the_same(suite: Suite) -> None:
    same = '@then("it has been hot")\ndef also(context):\n    pass\n'
    other = '@then("it is cold")\ndef cold(context):\n    pass\n'
    other_kind = '@given("it was hot")\ndef hot(context):\n    pass\n'
    use_own_steps(suite, same + other + other_kind)
    suite.feature(
        """
        Scenario: tea
          Given a pot of "tea"
          And it was hot
          Then it is hot
          And it has been hot
          And it is cold
        """
    )
    ended = suite.command("steps", "--check", ".")

    assert ended.code == 1
    assert ended.err.count("says what") == 1
    assert "'it has been hot' says what 'it is hot' says" in ended.err


def test_the_check_passes_where_every_phrase_is_used_and_says_something_else(suite: Suite) -> None:
    use_own_steps(suite)
    suite.feature('Scenario: tea\n  Given a pot of "tea"\n  Then it is hot')
    ended = suite.command("steps", "--check", ".")

    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_a_folder_without_a_suite_is_named_as_wrong(suite: Suite) -> None:
    ended = suite.command("steps", "/proc/self/task")

    assert ended.code == 2
    assert "/proc/self/task" in ended.err
    assert "name the folder that has features and steps" in ended.err


def use_own_steps(suite: Suite, more: str = "") -> None:
    for module in (suite.folder / "steps").glob("*.py"):
        module.unlink()
    (suite.folder / "steps" / "kitchen.py").write_text(STEPS + more)


def listed(suite: Suite, *options: str) -> str:
    ended = suite.command("steps", *options, ".")
    assert ended.code == 0, ended.err
    return ended.out


def test_steps_that_understand_the_same_are_named(suite: Suite) -> None:
    use_own_steps(suite, '@then("it is hot")\ndef again(context):\n    pass\n')
    suite.feature("Scenario: tea\n  Then it is hot")
    ended = suite.command("steps", ".")

    assert ended.code == 2
    assert "two steps understand the same" in ended.err
    assert "it is hot" in ended.err

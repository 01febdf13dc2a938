"""Each planned spec is reported once, wherever a worker dies."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from .conftest import Suite

FEATURE = """
Scenario: one
  Given it passes
  And it passes
  And it passes
Scenario: two
  Given it passes
Scenario: three
  Given it passes
"""


def counts(suite: Suite) -> Counter[tuple[str, str]]:
    features = json.loads((suite.folder / "r.json").read_text())
    return Counter(
        (each["name"], each["status"]) for feature in features for each in feature["elements"]
    )


@pytest.mark.parametrize(
    ("hook", "failed"),
    [
        (
            "def after_scenario(context, scenario):\n    if scenario.name == 'one': os._exit(3)",
            {"one"},
        ),
        (
            "def before_scenario(context, scenario):\n    if scenario.name == 'two': os._exit(3)",
            {"two"},
        ),
        ("def before_tag(context, tag):\n    if tag == 'kill': os._exit(3)", {"two"}),
        ("def after_feature(context, feature):\n    if feature.name == 'f': os._exit(3)", set()),
    ],
)
def test_a_hook_that_ends_its_process_fails_the_spec_that_it_belongs_to(
    suite: Suite, hook: str, failed: set[str]
) -> None:
    suite.feature(FEATURE.replace("Scenario: two", "@kill\nScenario: two"))
    suite.feature("Scenario: four\n  Given it passes", "g")
    environment = suite.folder / "environment.py"
    environment.write_text(f"{environment.read_text()}\nimport os\n{hook}\n")
    ended = suite.run("-j", "2", "-D", "maidenhair.order=random", "-f", "json", "-o", "r.json")

    assert ended.code == 1
    passed = {"one", "two", "three", "four"} - failed
    assert counts(suite) == Counter(
        {(name, "error"): 1 for name in failed} | {(name, "passed"): 1 for name in passed}
    )
    assert ended.last_line == f"{len(passed)} passed, {len(failed)} failed, 0 skipped"


def test_a_worker_that_is_killed_between_two_specs_fails_the_next_one_alone(suite: Suite) -> None:
    suite.feature(FEATURE)
    # The capture of the second spec begins before any hook or step of it does.
    suite.hooks(
        """
        import os
        from behave.capture import CaptureController
        plain = CaptureController.setup_capture
        seen = []

        def setup_capture(self, *args, **options):
            seen.append(1)
            if len(seen) == 2 and not os.path.exists("killed"):
                open("killed", "w").close()
                os._exit(3)
            return plain(self, *args, **options)

        CaptureController.setup_capture = setup_capture
        """
    )
    # With this seed the order is not the defined one, so that a single worker runs the specs.
    order = ("-D", "maidenhair.order=random", "-D", "maidenhair.seed=2")
    ended = suite.run("-j", "1", *order, "-f", "json", "-o", "r.json")

    assert ended.code == 1
    assert ended.last_line == "2 passed, 1 failed, 0 skipped"
    assert len(counts(suite)) == 3
    assert sum(counts(suite).values()) == 3


@pytest.mark.parametrize(("lines", "lost"), [(10, False), (20_000, True)])
def test_the_report_says_whether_the_last_output_of_a_killed_worker_is_whole(
    suite: Suite, lines: int, lost: bool
) -> None:
    (suite.folder / "steps" / "talkative.py").write_text(
        "import os, signal\n"
        "from behave import step\n"
        '@step("it prints lines and is killed")\n'
        "def prints(context):\n"
        f"    for number in range({lines}):\n"
        '        print(f"line {number}")\n'
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    suite.feature("Scenario: a\n  Given it prints lines and is killed")
    ended = suite.run("-j", "2")

    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    assert ("up to 8192 bytes of output after this may be lost" in ended.out) == lost
    assert (f"line {lines - 1}" in ended.out) != lost

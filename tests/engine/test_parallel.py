"""Several workers: hooks, results and workers that are lost."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from hamcrest import assert_that, contains_string, has_item, not_

from .conftest import Suite

FOUR = "\n".join(f'Scenario: s{number}\n  Given it logs "s{number}"' for number in range(4))


def statuses(suite: Suite) -> dict[str, str]:
    features = json.loads((suite.folder / "r.json").read_text())
    return {
        element["name"]: element["status"]
        for feature in features
        for element in feature["elements"]
        if element["type"] == "scenario"
    }


def test_hooks_run_once_per_run_and_once_per_worker(suite: Suite) -> None:
    suite.feature(FOUR + '\nScenario: value\n  Given it logs the run value of "port"')
    suite.hooks(
        """
        async def before_run(context):
            log("before run")
            return {"port": 8080}

        def after_run(context):
            log("after run")

        def before_all(context):
            log(f"before all {context.run_value}")

        def after_all(context):
            log("after all")
        """
    )
    ended = suite.run("-j", "2")

    assert ended.last_line == "5 passed, 0 failed, 0 skipped"
    assert ended.code == 0
    counts = Counter(ended.log)
    assert counts["before run"] == counts["after run"] == 1
    assert counts["before all {'port': 8080}"] == counts["after all"] == 2
    assert counts["value 8080"] == 1
    assert (ended.log[0], ended.log[-1]) == ("before run", "after run")


def test_a_run_value_is_there_with_one_job_too(suite: Suite) -> None:
    suite.feature('Scenario: value\n  Given it logs the run value of "port"')
    suite.hooks("def before_run(context):\n    return {'port': 1}")

    assert "value 1" in suite.run().log


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_value_that_cannot_be_sent_is_reported_and_nothing_runs(
    suite: Suite, jobs: str
) -> None:
    suite.feature(FOUR)
    suite.hooks("def before_run(context):\n    return lambda: None")
    ended = suite.run("-j", jobs)

    assert ended.code == 1
    assert ended.last_line == "0 passed, 4 failed, 0 skipped"
    assert "cannot be sent to workers" in ended.out
    assert ended.log == []


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("hook", ["before_run", "before_all"])
def test_an_error_before_everything_fails_every_spec(suite: Suite, hook: str, jobs: str) -> None:
    suite.feature(FOUR)
    suite.hooks(
        f"""
        async def {hook}(context):
            raise RuntimeError("no run today")

        def after_all(context):
            log("after all")
        """
    )
    ended = suite.run("-j", jobs)

    assert ended.code == 1
    assert ended.last_line == "0 passed, 4 failed, 0 skipped"
    assert f"HOOK-ERROR in {hook}: RuntimeError: no run today" in ended.out
    assert f"error outside the specs: the hook {hook} failed" in ended.out
    assert set(ended.log) == ({"after all"} if hook == "before_all" else set())


def test_workers_that_are_lost_fail_their_specs_and_are_replaced(suite: Suite) -> None:
    suite.feature(
        """
        Scenario: killed
          Given it passes
          When its process is killed by SIGKILL
          Then it passes
        Scenario: terminated
          When its process is killed by SIGTERM
        Scenario: exits
          When its process exits
        Scenario: attaches a view
          When it attaches a view of bytes
        Scenario: prints much
          When it prints 1000000 bytes
          Then it fails
        Scenario: child
          When a child process prints "from a child"
        """,
    )
    suite.feature(FOUR, "g")
    ended = suite.run(
        *("-j", "2", "-D", "maidenhair.grace-period=1s", "-D", "maidenhair.output-limit=1MiB"),
        *("-f", "json", "-o", "r.json", "-f", "plain", "--junit"),
    )

    assert ended.code == 1
    assert ended.last_line == "6 passed, 4 failed, 0 skipped"
    assert statuses(suite) == {
        "killed": "error",
        "terminated": "error",
        "exits": "error",
        "attaches a view": "passed",
        "prints much": "failed",
        "child": "passed",
        **{f"s{number}": "passed" for number in range(4)},
    }
    assert "the worker was killed by SIGKILL" in ended.out
    assert "the worker was killed by SIGTERM" in ended.out
    assert "some last words" in ended.out
    assert "raised SystemExit(0)" in ended.out
    assert "x" * 1_000_000 in ended.out
    assert "from a child" in ended.out
    junit = (suite.folder / "reports" / "TESTS-f.xml").read_text()
    assert "Worker lost in the step `When its process is killed by SIGKILL`" in junit


def test_an_error_in_a_feature_hook_and_a_worker_lost_there_fail_its_specs(suite: Suite) -> None:
    suite.feature(FOUR, "broken")
    suite.feature(FOUR, "deadly")
    suite.feature(FOUR, "good")
    suite.hooks(
        """
        import os
        import signal

        def before_tag(context, tag):
            pass

        def before_rule(context, rule):
            pass
        """
    )
    environment = suite.folder / "environment.py"
    environment.write_text(
        environment.read_text().replace(
            '    log(f"before feature {feature.name}")\n',
            '    log(f"before feature {feature.name}")\n'
            '    assert feature.name != "broken", "no such feature"\n'
            '    if feature.name == "deadly":\n'
            "        os.kill(os.getpid(), signal.SIGKILL)\n",
        )
    )
    ended = suite.run("-j", "2", "-f", "plain")

    assert ended.code == 1
    assert ended.last_line == "4 passed, 8 failed, 0 skipped"
    assert_that(ended.out, contains_string("HOOK-ERROR in before_feature: AssertionError"))
    assert_that(ended.out, contains_string("Worker lost in the hook before_feature"))


def test_feature_hooks_fixtures_rules_and_outlines_keep_their_meaning(suite: Suite) -> None:
    suite.feature(
        """
        Feature: whole
          Background:
            Given it logs "background"
          Scenario Outline: row <n>
            When it logs "row <n>"
            Examples:
              | n |
              | 1 |
              | 2 |
          Rule: inner
            Scenario: ruled
              When it logs "ruled"
        """
    )
    suite.hooks(
        """
        from behave import fixture, use_fixture

        @fixture
        async def thing(context):
            log("thing up")
            yield
            log("thing down")

        async def before_rule(context, rule):
            await use_rule(context)

        async def use_rule(context):
            log(f"before rule in {context.feature.name}")

        def before_tag(context, tag):
            pass

        def before_scenario(context, scenario):
            outline = context.active_outline
            log(f"scenario with {outline['n'] if outline else None}")
            use_fixture(thing, context)
        """
    )
    ended = suite.run("-j", "2", "-D", "maidenhair.worker-specs=1")

    assert ended.last_line == "3 passed, 0 failed, 0 skipped"
    counts = Counter(ended.log)
    assert counts["background"] == counts["thing up"] == counts["thing down"] == 3
    assert counts["before feature whole"] == counts["after feature whole"] == 3
    assert counts["before rule in whole"] == 1
    assert {f"scenario with {n}" for n in ("1", "2", None)} <= set(ended.log)


def test_stop_hands_out_nothing_more(suite: Suite) -> None:
    suite.feature("Scenario: bad\n  Given it fails\n" + FOUR)
    ended = suite.run("-j", "2", "--stop", "-D", "maidenhair.budget=cpu=1")

    assert ended.code == 1
    assert re.fullmatch(
        r"[0-4] passed, [1-5] failed, 0 skipped(, [1-4] untested)?", ended.last_line
    )
    assert_that(ended.log, not_(has_item("s3")))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_attachment_after_the_last_step_belongs_to_it(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: one\n  Given it passes\n  Then it fails")
    environment = suite.folder / "environment.py"
    environment.write_text(
        environment.read_text() + "    context.attach('text/plain', b'diagnostics')\n"
    )
    suite.run("-j", jobs, "-D", "maidenhair.order=random", "-f", "json", "-o", "r.json")

    (feature,) = json.loads((suite.folder / "r.json").read_text())
    assert statuses(suite) == {"one": "failed"}
    assert "embeddings" in feature["elements"][0]["steps"][1]


def test_a_worker_that_does_not_end_is_ended(suite: Suite) -> None:
    suite.feature(
        "Scenario: one\n  Given a thread is left behind\nScenario: two\n  Given it passes"
    )
    ended = suite.run("-j", "2", "-D", "maidenhair.grace-period=1s")

    assert (ended.code, ended.last_line) == (1, "2 passed, 0 failed, 0 skipped")
    message = "it did not end after its last hook, because threads are left: sleeper"
    assert_that(ended.out, contains_string(message))


def test_a_worker_that_takes_long_to_exit_is_not_lost(suite: Suite) -> None:
    suite.hooks("import atexit, time\natexit.register(time.sleep, 3)")
    suite.feature("Scenario: one\n  Given it passes\nScenario: two\n  Given it passes")
    ended = suite.run("-j", "2", "-D", "maidenhair.grace-period=1s")

    assert (ended.code, ended.last_line) == (0, "2 passed, 0 failed, 0 skipped")

"""Deferred and asynchronous cleanups, hooks and fixtures."""

from __future__ import annotations

import pytest
from hamcrest import assert_that, contains_string

from .conftest import Suite

ASYNC = """
    import asyncio
    from behave import fixture, use_fixture

    @fixture
    async def connection(context, name):
        await asyncio.sleep(0)
        log(f"{name} up")
        yield name
        await asyncio.sleep(0)
        log(f"{name} down")

    @fixture
    async def simple(context):
        return "simple"

    async def before_all(context):
        await asyncio.sleep(0)
        context.all = await use_fixture(connection, context, "all")

    def before_scenario(context, scenario):
        context.one = use_fixture(connection, context, "one")
        assert (context.all, context.one) == ("all", "one")
        assert use_fixture(simple, context) == "simple"
        if "broken" in scenario.tags:
            use_fixture(connection, context, "other")

    async def before_step(context, step):
        await asyncio.sleep(0)
        assert "broken" not in context.tags, "a broken hook"
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_all_cleanups_run_in_reverse_and_errors_fail_the_spec(suite: Suite, jobs: str) -> None:
    suite.feature(
        """
        Scenario: untidy
          Given cleanup "a" is deferred
          And cleanup "b" is deferred, which fails
          And asynchronous cleanup "c" is deferred
          And cleanup "d" is deferred, which fails
        """
    )
    suite.hooks(
        """
        from maidenhair import defer_cleanup

        def before_all(context):
            defer_cleanup(context, log, "cleanup of before_all")

        def before_scenario(context, scenario):
            def outer():
                log("cleanup outer")
                defer_cleanup(context, log, "cleanup inner")
            defer_cleanup(context, outer)
        """
    )
    ended = suite.run("-j", jobs, "-f", "plain")

    assert ended.code == 1
    assert ended.last_line == "0 passed, 1 failed, 0 skipped"
    cleanups = [line for line in ended.log if line.startswith("cleanup")]
    names = ("d", "c", "b", "a", "outer", "inner", "of before_all")
    assert cleanups == [f"cleanup {name}" for name in names]
    assert_that(ended.out, contains_string("CLEANUP-ERROR in clean: OSError: d is dirty"))
    assert_that(ended.out, contains_string("CLEANUP-ERROR in clean: OSError: b is dirty"))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_hooks_fixtures_and_cleanups_are_awaited(suite: Suite, jobs: str) -> None:
    suite.feature("Scenario: fine\n  Given it passes\n@broken\nScenario: bad\n  Given it passes")
    suite.hooks(ASYNC)
    ended = suite.run("-j", jobs, "-f", "plain", PYTHONWARNINGS="error")

    assert ended.last_line == "1 passed, 1 failed, 0 skipped"
    for name, times in (("one", 2), ("other", 1)):
        assert ended.log.count(f"{name} up") == ended.log.count(f"{name} down") == times
    assert ended.log.count("all up") == ended.log.count("all down") == int(jobs)
    assert_that(ended.out, contains_string("HOOK-ERROR in before_step: AssertionError"))


def test_a_deferred_cleanup_runs_with_behaves_own_runner(suite: Suite) -> None:
    suite.feature('Scenario: s\n  Given cleanup "a" is deferred')
    ended = suite.run("--runner", "behave.runner:Runner", "-f", "plain")

    assert ended.code == 0
    assert "cleanup a" in ended.log


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_cleanup_of_a_rule_that_fails_fails_the_run(suite: Suite, jobs: str) -> None:
    suite.feature("Rule: r\n  Scenario: one\n    Given it passes")
    suite.hooks(
        """
        def before_rule(context, rule):
            context.add_cleanup(lambda: 1 / 0)
        """
    )
    ended = suite.run("-j", jobs)

    assert (ended.code, ended.last_line) == (1, "1 passed, 0 failed, 0 skipped")
    assert ended.out.count("error outside the specs: a cleanup of the rule r (f.feature:2)") == 1

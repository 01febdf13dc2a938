"""Steps that wait for objects, and steps about waits that fail."""

from __future__ import annotations

from typing import Any

from behave import step, then, when
from hamcrest import any_of, assert_that, contains_string, equal_to, instance_of
from hamcrest.core.matcher import Matcher

from maidenhair.errors import WaitError, WaitStopped
from maidenhair.kube.matchers import has_condition, is_absent
from maidenhair.kube.named_object import READY_SECONDS
from maidenhair.steps.names import named
from maidenhair.suite.outcome import attempt, outcome_of

SHORT_SECONDS = 5.0
FULL_NODES_SECONDS = 1.0
A_MOMENT = "a moment"


@step('{kind:Kind} "{name:Name}" becomes Ready')
def become_ready(context: Any, kind: str, name: str) -> None:
    """Wait until the object is Ready."""
    wait_until_ready(context, kind, name)


@when('somebody waits until {kind:Kind} "{name:Name}" is Ready')
def try_to_wait_until_ready(context: Any, kind: str, name: str) -> None:
    """Wait until the object is Ready, and save the error of the wait.

    A table may have limits with the value "a moment": with "room on a node", the wait stops soon for a pod that fits on
    no node; with "time", it takes a few seconds at most.
    """
    limits = dict(context.table or ())
    known = {"room on a node": A_MOMENT, "time": A_MOMENT}
    assert_that(limits.items() <= known.items(), equal_to(True), f"limits of a wait: {limits}")
    patience = FULL_NODES_SECONDS if "room on a node" in limits else None
    within = SHORT_SECONDS if "time" in limits else READY_SECONDS
    context.outcome = attempt(
        lambda: wait_until_ready(context, kind, name, patience, within), WaitError
    )


@when('somebody waits for a moment until {kind:Kind} "{name:Name}" is gone')
def try_to_wait_until_gone(context: Any, kind: str, name: str) -> None:
    """Wait for a few seconds until the object is gone, and save the error of the wait."""
    found = named(context, kind, name)
    context.outcome = attempt(
        lambda: found.wait_until(is_absent(), "to be gone", SHORT_SECONDS), WaitError
    )


@then("the wait ends before its time limit")
def wait_ended_early(context: Any) -> None:
    """Check that the wait stopped because no future change could help."""
    assert_that(outcome_of(context).error, instance_of(WaitStopped))


@then("the error of the wait contains")
def wait_error_contains(context: Any) -> None:
    """Each row is a part of the text; " or " separates texts of which one is enough."""
    error = outcome_of(context).error
    assert_that(error, instance_of(WaitError), "the error of the wait")
    for [text] in context.table:
        texts: list[Matcher[str]] = [contains_string(each) for each in text.split(" or ")]
        either: Matcher[str] = any_of(*texts)
        assert_that(str(error), either, "the error of the wait")


def wait_until_ready(
    context: Any,
    kind: str,
    name: str,
    patience: float | None = None,
    within: float = READY_SECONDS,
) -> None:
    """Wait until the object is Ready, at most for two minutes unless `within` says otherwise."""
    found = named(context, kind, name)
    ready, hopeless = has_condition("Ready"), found.hopeless(patience)
    found.wait_until(ready, "to be Ready", within, hopeless)

"""Steps about the conditions of a Compute: whether it is ready or suspended, since when, and why."""

from __future__ import annotations

from typing import Any

from behave import given, then
from hamcrest import any_of, assert_that, equal_to, has_properties

from maidenhair.kube import Object
from maidenhair.kube.matchers import has_condition
from maidenhair.kube.objects import condition
from maidenhair.systems.skytorch.api.compute import readiness_of
from maidenhair.waiting import eventually
from maidenhair.waiting.matchers import has_in_order
from maidenhair.waiting.recorder import Recorded

WITHIN_SECONDS = 30.0


@then('"{name}" says that it is suspended')
def says_suspended(context: Any, name: str) -> None:
    view = context.skytorch.view(name)
    view.wait_for_condition("Suspended", "True", "Suspended", "Compute is suspended")


@then('"{name}" says that it is resumed')
def says_resumed(context: Any, name: str) -> None:
    view = context.skytorch.view(name)
    view.wait_for_condition("Suspended", "False", "Resumed", "Compute is resumed")


@then('"{name}" says nothing of being suspended')
def says_nothing_of_suspension(context: Any, name: str) -> None:
    compute = context.skytorch.view(name).wait_until(
        has_condition("Ready", any_of("True", "False")), "to say whether it is ready"
    )
    assert_that(condition(compute, "Suspended"), equal_to(None), "the condition Suspended")


@then('"{name}" says nothing yet')
def says_nothing(context: Any, name: str) -> None:
    compute = context.skytorch.view(name).wait_until_present()
    assert_that(compute.get("status"), equal_to(None), f"the status of {name}")


@then('"{name}" gives "{reason}" as the reason')
def gives_reason(context: Any, name: str, reason: str) -> None:
    context.skytorch.view(name).wait_for_condition("Ready", "True", reason)


@then('"{name}" is not ready because of "{reason}": "{message}"')
def is_not_ready(context: Any, name: str, reason: str, message: str) -> None:
    context.skytorch.view(name).wait_for_condition("Ready", "False", reason, message)


@given('what "{name}" says of its readiness is written down')
def write_readiness_down(context: Any, name: str) -> None:
    cleanups = context.spec.cleanups
    compute = cleanups.enter("stop watching", context.skytorch.view(name).watch())
    context.readiness = cleanups.enter("stop writing down", Recorded(compute, readiness_of))


@then("this was said in this order")
def was_said(context: Any) -> None:
    wanted = [has_properties(status=row["ready"], reason=row["reason"]) for row in context.table]
    eventually(context.readiness, has_in_order(*wanted), within=WITHIN_SECONDS)


@given('since when "{name}" is not ready is written down')
def write_moment_down(context: Any, name: str) -> None:
    view = context.skytorch.view(name)
    # Moments are told in seconds: a later one must be able to differ.
    view.pods.wait_for_running()
    compute = view.wait_until(has_condition("Ready", "False"), "to say that it is not ready")
    context.since = since(compute)


@then('"{name}" is not ready since that very moment')
def since_that_moment(context: Any, name: str) -> None:
    compute = context.skytorch.view(name).wait_until_present()
    assert_that(since(compute), equal_to(context.since), "the moment of the condition Ready")


def since(compute: Object) -> Any:
    return (condition(compute, "Ready") or {}).get("lastTransitionTime")

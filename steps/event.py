"""Steps about the events of a Compute's pod, and what a program is told of them."""

from __future__ import annotations

from typing import Any

from behave import given, then
from hamcrest import all_of, assert_that, equal_to, has_item

from maidenhair.kube.matchers import has_event
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.systems.skytorch.api.compute import KIND
from maidenhair.systems.skytorch.workloads.commands import IDLE
from maidenhair.waiting import eventually
from maidenhair.waiting.matchers import has_in_order

WITHIN_SECONDS = 30.0


@given('a Compute named "{name}" whose events a program follows')
def submit_followed(context: Any, name: str) -> None:
    context.told_events = []
    compute = context.skytorch.through_sdk(name)
    # The SDK begins to watch while it makes the Compute: what is made suspended has no pod yet that could be missed.
    compute.submit(
        context.skytorch.server_image,
        command=list(IDLE),
        suspend=True,
        on_events=context.told_events.append,
    )
    compute.view.wait_for_condition("Suspended", "True", "Suspended")
    compute.view.patch(suspend=False)


@then("the program is told of the events")
def is_told_of_events(context: Any) -> None:
    wait_for_told(context, all_of(*(has_item(row["event"]) for row in context.table)))


@then("the program is told of these one after the other")
def is_told_in_order(context: Any) -> None:
    wait_for_told(context, has_in_order(*(row["event"] for row in context.table)))


@then('these are among the events of the pod of "{name}"')
def pod_has_events(context: Any, name: str) -> None:
    pod = context.skytorch.view(name).pods.wait_for_running()
    wanted = [has_event(row["event"], type="Normal", about=pod) for row in context.table]
    with WatchedObjects(context.spec.kube, "v1", "Event", context.spec.namespace) as events:
        eventually(events, all_of(*wanted), within=WITHIN_SECONDS)


@then('no event is about the Compute "{name}" itself')
def compute_has_no_events(context: Any, name: str) -> None:
    events = context.spec.kube.list("v1", "Event", context.spec.namespace)
    about_computes = [each for each in events if each["involvedObject"]["kind"] == KIND]
    assert_that(
        about_computes, equal_to([]), f"the events about Computes in the namespace of {name}"
    )


def wait_for_told(context: Any, matcher: Any) -> None:
    eventually(
        lambda: [event.reason for event in context.told_events],
        matcher,
        within=WITHIN_SECONDS,
        described_as="what the program was told of events",
    )

"""Steps about the conditions and the events of objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from behave import given, step, then
from hamcrest import all_of, assert_that, equal_to, has_properties, not_none

from maidenhair.kube import Object
from maidenhair.kube.matchers import has_condition, has_event
from maidenhair.kube.objects import condition
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.steps.names import named
from maidenhair.waiting import eventually
from maidenhair.waiting.matchers import has_in_order
from maidenhair.waiting.recorder import Recorded

WITHIN_SECONDS = 60.0
EVENT_SECONDS = 90.0


@dataclass(frozen=True)
class Recording:
    """A state of a condition; every attribute is None where the object has no such condition."""

    status: str | None
    reason: str | None
    moment: str | None


@step('{kind:Kind} "{name:Name}" has the condition')
def has_the_condition(context: Any, kind: str, name: str) -> None:
    """Each row has a type, a status, and perhaps a reason and a message, of which a part is enough.

    An empty status expects that the object exists without a condition of this type.
    """
    for row in context.table:
        cells = row.as_dict()
        if not cells["status"]:
            found = named(context, kind, name).wait_until_present()
            present = condition(found, cells["type"])
            assert_that(present, equal_to(None), f"condition {cells['type']}")
            continue
        matcher = has_condition(
            cells["type"], cells["status"], cells.get("reason"), cells.get("message")
        )
        wanted = f"to have the condition {' '.join(filter(None, cells.values()))}"
        named(context, kind, name).wait_until(matcher, wanted)


@given('the condition "{condition_type:Name}" of {kind:Kind} "{name:Name}" is recorded')
def record(context: Any, condition_type: str, kind: str, name: str) -> None:
    """Record each state of the condition from now on. The object need not exist yet."""
    watched = context.spec.cleanups.enter("stop watching", named(context, kind, name).watch())
    recorded = Recorded(watched, lambda found: recording(found, condition_type))
    context.recorded_condition = context.spec.cleanups.enter("stop recording", recorded)


@then("the recorded condition was in this order")
def was_in_order(context: Any) -> None:
    """Wait until the recorded states contain the rows of the table in their order."""
    wanted = [has_properties(**row.as_dict()) for row in context.table]
    eventually(context.recorded_condition, has_in_order(*wanted), within=WITHIN_SECONDS)


@then("the lastTransitionTime of the recorded condition is unchanged")
def has_unchanged_transition_time(context: Any) -> None:
    """Check that every recorded state has the same lastTransitionTime."""
    moments = [each.moment for each in context.recorded_condition.read()]
    assert_that(moments[0], not_none(), "the first lastTransitionTime")
    assert_that(set(moments), equal_to({moments[0]}), "the recorded lastTransitionTimes")


@then('the events of {kind:Kind} "{name:Name}" include')
def events_include(context: Any, kind: str, name: str) -> None:
    """Wait until the object has an event of each row: a reason, and perhaps a type."""
    found = named(context, kind, name)
    about = found.wait_until_present()
    wanted = [has_event(row["reason"], type=row.get("type"), about=about) for row in context.table]
    with WatchedObjects(context.spec.kube, "v1", "Event", context.spec.namespace) as events:
        eventually(
            events,
            all_of(*wanted),
            within=EVENT_SECONDS,
            described_as=f"events of {found}",
            explain=found.hopeless().explain,
        )


@then('{kind:Kind} "{name:Name}" has no events')
def has_no_events(context: Any, kind: str, name: str) -> None:
    """Check that no event is about the object."""
    events = context.spec.kube.list("v1", "Event", context.spec.namespace)
    subjects = [each["involvedObject"] for each in events]
    about = [each for each in subjects if (each["kind"], each["name"]) == (kind, name)]
    assert_that(about, equal_to([]), f"the events about {kind} {name}")


def recording(found: Object | None, condition_type: str) -> Recording:
    """Return the state of a condition."""
    state = condition(found, condition_type) or {}
    return Recording(state.get("status"), state.get("reason"), state.get("lastTransitionTime"))

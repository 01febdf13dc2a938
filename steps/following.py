"""Steps about the events and the metrics that a Python program follows."""

from __future__ import annotations

from typing import Any

from behave import given, then
from hamcrest import assert_that, equal_to, only_contains

from maidenhair.waiting import eventually

WITHIN_SECONDS = 30.0


@given("the program follows the {followed:w} of its Computes")
def follow(context: Any, followed: str) -> None:
    """Follow "events" or "metrics" of the Computes that the next steps create."""
    assert_that(followed in ("events", "metrics"), equal_to(True), followed)
    context.skytorch.followed.add(followed)


@then('the program gets these events of the pod of Compute "{name}", in this order')
def gets_events(context: Any, name: str) -> None:
    listener = context.skytorch.listeners[name]
    listener.wait_for(*(row["event"] for row in context.table))
    assert_that(listener.pods, only_contains(f"{name}-0"), "the pods of the events")


@then('the program gets these metrics of Compute "{name}", again and again')
def gets_metrics(context: Any, name: str) -> None:
    snapshots = context.skytorch.snapshots[name]
    wanted = {row["metric"]: (float(row["value"]), row["unit"]) for row in context.table}
    for _ in range(2):
        snapshots.clear()
        eventually(
            lambda: measured(snapshots),
            equal_to(wanted),
            within=WITHIN_SECONDS,
            described_as=f"the metrics of Compute {name} that the program got",
        )


def measured(snapshots: list[Any]) -> dict[str, tuple[float, str]]:
    return {each.name: (each.value, each.unit) for one in snapshots for each in one.metrics}

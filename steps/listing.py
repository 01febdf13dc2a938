"""Steps about lists of objects as people see them."""

from __future__ import annotations

from typing import Any

from behave import then
from hamcrest import all_of, has_entries, has_item, not_none
from hamcrest.core.matcher import Matcher

from maidenhair.systems.skytorch.api.compute import API_VERSION, KIND
from maidenhair.waiting import eventually

WITHIN_SECONDS = 30.0


@then("a list of Computes shows their age and these states")
def list_shows(context: Any) -> None:
    rows: list[Matcher[Any]] = [
        has_entries({**row.as_dict(), "State": row["State"] or None, "Age": not_none()})
        for row in context.table
    ]
    eventually(
        lambda: context.spec.kube.table(API_VERSION, KIND, context.spec.namespace),
        all_of(*(has_item(row) for row in rows)),
        within=WITHIN_SECONDS,
        described_as="the list of Computes",
    )

"""Steps about the API's answer to the creation of a Compute, and to addresses in its status."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, equal_to, has_item

import maidenhair.steps  # noqa: F401  the types of fields
from maidenhair.kube.matchers import has_condition
from maidenhair.steps.refusals import attempt_to_create, check_accepted
from maidenhair.systems.skytorch.api.compute import KIND
from maidenhair.systems.skytorch.api.settings_table import CLAIMED


@when('these addresses are written into the status of Compute "{name:Name}"')
def write_addresses(context: Any, name: str) -> None:
    addresses = [{key: row[key] for key in row.headings} for row in context.table]
    view = context.skytorch.view(name)
    attempt_to_create(context, KIND, name, lambda: view.patch_status(addresses=addresses))


@then('the API drops the status from Compute "{name:Name}"')
def api_drops_status(context: Any, name: str) -> None:
    check_accepted(context, KIND, name)
    claimed = has_condition(CLAIMED["type"], reason=CLAIMED["reason"])
    assert_that(claimed.matches(context.created), equal_to(False), "keeping the status")


@then('the API warns: "{message}"')
def api_warns(context: Any, message: str) -> None:
    assert_that(context.warnings, has_item(message), "the API's warnings")

"""Steps about the answer of the API to the creation of a Compute, and to addresses in its status."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, contains_string, equal_to, has_item, instance_of, is_in, none

from maidenhair.errors import ApiRefused
from maidenhair.kube.matchers import has_condition
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.skytorch.api.settings_table import CLAIMED

# The API refuses unknown fields with another status than bad values.
STATUSES = (400, 422)


@when('these addresses are written into the status of Compute "{name}"')
def write_addresses(context: Any, name: str) -> None:
    addresses = [{key: row[key] for key in row.headings} for row in context.table]
    view = context.skytorch.view(name)
    context.outcome = attempt(lambda: view.patch_status(addresses=addresses), ApiRefused)


@then('the API refuses Compute "{name}": "{message}"')
def api_refuses(context: Any, name: str, message: str) -> None:
    refusal: Any = outcome_of(context).error
    assert_that(refusal, instance_of(Exception), f"the API's refusal of Compute {name}")
    assert_that(refusal.status, is_in(STATUSES), "the status of the refusal")
    assert_that(str(refusal), contains_string(message))


@then('the API accepts Compute "{name}"')
def api_accepts(context: Any, name: str) -> None:
    assert_that(outcome_of(context).error, none(), f"the API's refusal of Compute {name}")


@then('the API accepts Compute "{name}" without its status')
def api_drops_status(context: Any, name: str) -> None:
    api_accepts(context, name)
    claimed = has_condition(CLAIMED["type"], reason=CLAIMED["reason"])
    assert_that(claimed.matches(outcome_of(context).value), equal_to(False), "keeping the status")


@then('the API warns: "{message}"')
def api_warns(context: Any, message: str) -> None:
    assert_that(context.warnings, has_item(message), "the API's warnings")

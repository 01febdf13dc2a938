"""Steps about the API's answer to the creation or the change of an object."""

from __future__ import annotations

from typing import Any

from behave import then
from hamcrest import (
    assert_that,
    contains_string,
    empty,
    equal_to,
    has_item,
    is_in,
    none,
    not_none,
)

from maidenhair.steps import names  # noqa: F401  the types of fields
from maidenhair.steps.refusals import check_accepted, refusal_of

FORBIDDEN = 403
# Unknown fields, exceeded quotas and bad values have statuses of their own.
REFUSED = (400, FORBIDDEN, 422)
# A webhook that cannot admit an object answers with an error of its own.
WEBHOOK, WEBHOOK_ERROR = "admission webhook", 500


@then('the API accepts {kind:Kind} "{name:Name}"')
def is_accepted(context: Any, kind: str, name: str) -> None:
    """Check that the API did not refuse the object."""
    assert_that(refusal_of(context, kind, name), none(), f"the API's refusal of {kind} {name}")


@then('the API refuses {kind:Kind} "{name:Name}": "{message}"')
def is_refused(context: Any, kind: str, name: str, message: str) -> None:
    """Check that the API refused the object with a message, of which a part is named."""
    refusal: Any = refusal_of(context, kind, name)
    assert_that(refusal, not_none(), f"the API's refusal of {kind} {name}")
    statuses = (*REFUSED, WEBHOOK_ERROR) if WEBHOOK in str(refusal) else REFUSED
    assert_that(refusal.status, is_in(statuses), "the status of the refusal")
    assert_that(str(refusal), contains_string(message), "the refusal")


@then('the API forbids {kind:Kind} "{name:Name}" to service account "{account:Name}"')
def is_forbidden(context: Any, kind: str, name: str, account: str) -> None:
    """Check that the API refused the object because of the permissions of the account."""
    refusal: Any = refusal_of(context, kind, name)
    assert_that(refusal, not_none(), f"the API's refusal of {kind} {name}")
    assert_that(refusal.status, equal_to(FORBIDDEN), "the status of the refusal")
    user = f"system:serviceaccount:{context.spec.namespace}:{account}"
    assert_that(str(refusal), contains_string(user), "the refusal")


@then('the API warns about {kind:Kind} "{name:Name}": "{message}"')
def is_warned_about(context: Any, kind: str, name: str, message: str) -> None:
    """Check that the API accepted the object with a warning; the step that created it sets `context.warnings`."""
    check_accepted(context, kind, name)
    assert_that(context.warnings, has_item(message), "the API's warnings")


@then('the API drops the status from {kind:Kind} "{name:Name}"')
def status_is_dropped(context: Any, kind: str, name: str) -> None:
    """Check that the API answered without a status; the step that created the object sets `context.created`."""
    check_accepted(context, kind, name)
    # "status" may be absent or an empty mapping.
    assert_that(context.created.get("status") or {}, empty(), "the status in the answer")

"""Steps about how a call to the tensor service of a Compute ends."""

from __future__ import annotations

from typing import Any

from behave import then
from hamcrest import assert_that, contains_string, equal_to, instance_of, none

from maidenhair.errors import TransferError, TransferTimedOut
from maidenhair.suite.outcome import outcome_of
from maidenhair.systems.skytorch.tensors.matchers import has_grpc_status

ERROR = "the error of the call"


@then("the call succeeds")
def succeeds(context: Any) -> None:
    assert_that(outcome_of(context).error, none(), ERROR)


@then("the call fails")
def fails(context: Any) -> None:
    assert_that(outcome_of(context).error, instance_of(TransferError), ERROR)


@then("the call fails with status {status:w}")
def fails_with_status(context: Any, status: str) -> None:
    assert_that(outcome_of(context).error, has_grpc_status(status), ERROR)


@then("the server refuses the call")
def server_refuses(context: Any) -> None:
    # The call itself goes well: the service says in its answer that it failed.
    fails_with_status(context, "OK")


@then('the error contains "{text}"')
def error_contains(context: Any, text: str) -> None:
    assert_that(str(outcome_of(context).error), contains_string(text), ERROR)


@then("the call ends before its deadline")
def ends_in_time(context: Any) -> None:
    error = outcome_of(context).error
    assert_that(isinstance(error, TransferTimedOut), equal_to(False), f"no answer came: {error}")

"""Steps about the Python SDK itself."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that, contains_string, equal_to, instance_of


@given("the SDK was initialised with the namespace of this scenario")
def initialise(context: Any) -> None:
    assert_that(context.spec.sdk.default_namespace, equal_to(context.spec.namespace))


@when("the SDK is initialised again")
def initialise_again(context: Any) -> None:
    context.told = None
    try:
        context.spec.sdk.init()
    except RuntimeError as error:
        context.told = error


@then('a program is told "{message}"')
def program_is_told(context: Any, message: str) -> None:
    assert_that(context.told, instance_of(RuntimeError))
    assert_that(str(context.told), contains_string(message))

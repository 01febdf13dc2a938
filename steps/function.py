"""Steps about functions that a program runs on a Compute through the SDK."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, contains_string, none

from maidenhair.suite.outcome import Outcome
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor
from maidenhair.systems.skytorch.workloads.functions import call_failing, call_make_tensors


@when('a function that makes tensors is run on "{name}"')
def run_function(context: Any, name: str) -> None:
    context.call = call_make_tensors(context.skytorch.sdk, context.skytorch.computes[name])


@when('a function that fails with "{message}" is run on "{name}"')
def run_failing(context: Any, message: str, name: str) -> None:
    context.call = call_failing(context.skytorch.sdk, context.skytorch.computes[name], message)
    context.outcome = Outcome(context.call.results, context.call.error)


@then("its tensors can be computed with there, and are what the function makes here")
def tensors_are_equal(context: Any) -> None:
    assert_that(context.call.error, none(), "the error of the call")
    results = context.call.results
    for on_server, here in zip(results.on_server, results.here, strict=True):
        assert_that(on_server, equal_tensor(here), results.title)


@then('the program gets "{text}" from the output of the function')
def output_arrives(context: Any, text: str) -> None:
    assert_that(context.call.written["stdout"], contains_string(text))


@then('the program gets "{text}" from the error output of the function')
def error_output_arrives(context: Any, text: str) -> None:
    assert_that(context.call.written["stderr"], contains_string(text))

"""Steps about functions that a program runs on a Compute through the SDK."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, contains_string

from maidenhair.suite.outcome import Outcome
from maidenhair.systems.skytorch.workloads.functions import call_described


@when('the program runs a function that {description} on Compute "{name}"')
def run_function(context: Any, description: str, name: str) -> None:
    context.call = call_described(
        context.skytorch.sdk, context.skytorch.computes[name], description
    )
    context.outcome = Outcome(context.call.results, context.call.error)


@then('the program gets "{text}" from the {output:w} of the function')
def output_arrives(context: Any, text: str, output: str) -> None:
    assert_that(context.call.written[output], contains_string(text), output)

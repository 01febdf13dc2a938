"""Steps about functions that a program runs on Computes through the SDK."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, contains_string

from maidenhair.suite.outcome import Outcome, attempt
from maidenhair.systems.skytorch.workloads.concurrent import have_meet
from maidenhair.systems.skytorch.workloads.functions import call_described
from maidenhair.systems.skytorch.workloads.remote_functions import end_process

ENDS_SERVER = "ends the server"
WAITS_FOR_TWIN = "waits for its twin"


@when("the program runs a function that {description} on {names:Computes}")
def run_function(context: Any, description: str, names: list[str]) -> None:
    """Run a function on one Compute, or on two Computes at the same time if it waits for its twin there."""
    sdk = context.skytorch.sdk
    computes = {name: context.skytorch.computes[name] for name in names}
    if description == WAITS_FOR_TWIN:
        printed = have_meet(sdk, computes)
        context.output = {name: {"stdout": text} for name, text in printed.items()}
        return
    [compute] = computes.values()
    if description == ENDS_SERVER:
        context.outcome = attempt(lambda: compute.execute(end_process), RuntimeError)
        return
    call = call_described(sdk, compute, description)
    context.outcome = Outcome(call.results, call.error)
    context.output = {names[0]: call.written}


@then('the program gets "{text}" from the {output:w} of the function on Compute "{name}"')
def output_arrives(context: Any, text: str, output: str, name: str) -> None:
    written = context.output[name][output]
    assert_that(written, contains_string(text), f"the {output} of the function on Compute {name}")

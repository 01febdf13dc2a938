"""Steps about Python programs that use a Compute, and what the SDK tells them."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, contains_string, equal_to, instance_of, same_instance

from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.skytorch.workloads.remote_functions import end_process

A_MOMENT_SECONDS = 2


@when('a program waits for "{name}" for a moment')
def wait_for_a_moment(context: Any, name: str) -> None:
    compute = context.skytorch.computes[name]
    context.outcome = attempt(lambda: compute.wait_for(A_MOMENT_SECONDS), TimeoutError)


@then('a program sees that "{name}" is ready')
def program_sees_ready(context: Any, name: str) -> None:
    assert_that(context.skytorch.computes[name].says_ready(), equal_to(True), "what is_ready gives")


@then('a program sees that "{name}" is not ready')
def program_sees_unready(context: Any, name: str) -> None:
    assert_that(
        context.skytorch.computes[name].says_ready(), equal_to(False), "what is_ready gives"
    )


@when('a program fails while it uses "{name}"')
def fail_in_use(context: Any, name: str) -> None:
    compute, context.own_failure = (
        context.skytorch.computes[name],
        ArithmeticError("of the program"),
    )
    context.outcome = attempt(lambda: compute.fail_in_use(context.own_failure), ArithmeticError)


@then("the failure of the program is its own")
def failure_is_its_own(context: Any) -> None:
    assert_that(outcome_of(context).error, same_instance(context.own_failure))


@when('a program has the server of "{name}" end itself')
def end_server(context: Any, name: str) -> None:
    context.skytorch.computes[name].connect()
    run_function(context, name)


@when('a program runs a function on "{name}"')
def run_function(context: Any, name: str) -> None:
    compute = context.skytorch.computes[name]
    context.outcome = attempt(lambda: compute.execute(end_process), RuntimeError)


@when('a program computes on the device of "{name}"')
def compute_on_device(context: Any, name: str) -> None:
    context.outcome = attempt(context.skytorch.computes[name].use_device, RuntimeError)


@then('a program is told "{message}"')
def program_is_told(context: Any, message: str) -> None:
    error = outcome_of(context).error
    assert_that(error, instance_of(Exception), "what the program is told")
    assert_that(str(error), contains_string(message))

"""Steps about a Python program that uses Computes through SkyTorch's SDK."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that, contains_string, equal_to, instance_of, same_instance

from maidenhair.kube.rbac.service_accounts import create_service_account
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.skytorch.workloads.remote_functions import end_process

A_MOMENT_SECONDS = 2


@given("a Python program")
def use_program(context: Any) -> None:
    """Computes of the next steps are created by the program, through the SDK."""
    context.skytorch.in_program = True


@given('a Python program with the service account "{name}"')
def use_program_as(context: Any, name: str) -> None:
    spec = context.spec
    token = create_service_account(spec.kube, spec.inventory, spec.namespace, name)
    context.skytorch.use_sdk_as(token)
    use_program(context)


@given('the program is in the "async with" block of Compute "{name}"')
def enter_compute(context: Any, name: str) -> None:
    context.used = context.skytorch.computes[name]
    context.used.enter()


@when('the program leaves the "async with" block')
def leave(context: Any) -> None:
    # A Cluster reports the Computes that it could not delete.
    context.outcome = attempt(context.used.leave, ExceptionGroup)


@when('the program raises an error in the "async with" block of Compute "{name}"')
def raise_in_block(context: Any, name: str) -> None:
    compute, error = context.skytorch.computes[name], ArithmeticError("of the program")
    context.raised = error
    context.outcome = attempt(lambda: compute.fail_in_use(error), ArithmeticError)


@then("the program gets the same error")
def gets_the_same_error(context: Any) -> None:
    assert_that(outcome_of(context).error, same_instance(context.raised))


@when('the program deletes Compute "{name}"')
def delete(context: Any, name: str) -> None:
    context.skytorch.computes[name].delete()


@when('the program deletes Compute "{name}" without a grace period')
def delete_at_once(context: Any, name: str) -> None:
    context.skytorch.computes[name].delete(grace_period_seconds=0)


@when('the program suspends Compute "{name}"')
def suspend(context: Any, name: str) -> None:
    context.skytorch.computes[name].suspend()


@when('the program resumes Compute "{name}"')
def resume(context: Any, name: str) -> None:
    context.skytorch.computes[name].resume()


@when('the program waits for Compute "{name}"')
def wait_for_compute(context: Any, name: str) -> None:
    context.skytorch.computes[name].become_ready()


@when('the program waits for a moment for Compute "{name}"')
def wait_for_a_moment(context: Any, name: str) -> None:
    compute = context.skytorch.computes[name]
    context.outcome = attempt(lambda: compute.wait_for(A_MOMENT_SECONDS), TimeoutError)


@then('the program sees that Compute "{name}" is ready')
def sees_ready(context: Any, name: str) -> None:
    assert_that(context.skytorch.computes[name].says_ready(), equal_to(True), "is_ready()")


@then('the program sees that Compute "{name}" is not ready')
def sees_not_ready(context: Any, name: str) -> None:
    assert_that(context.skytorch.computes[name].says_ready(), equal_to(False), "is_ready()")


@when('the program runs a function that ends the server of Compute "{name}"')
def end_server(context: Any, name: str) -> None:
    compute = context.skytorch.computes[name]
    context.outcome = attempt(lambda: compute.execute(end_process), RuntimeError)


@when('the program creates a tensor on Compute "{name}"')
def create_tensor(context: Any, name: str) -> None:
    context.outcome = attempt(context.skytorch.computes[name].use_device, RuntimeError)


@then('the program gets the error "{message}"')
def gets_error(context: Any, message: str) -> None:
    """The message is a part of the error's type and text, as Python prints them."""
    error = outcome_of(context).error
    assert_that(error, instance_of(Exception), "the program's error")
    assert_that(f"{type(error).__name__}: {error}", contains_string(message))

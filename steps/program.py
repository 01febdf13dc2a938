"""Steps about a Python program that uses Computes through SkyTorch's SDK."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that, contains_string, equal_to, instance_of, same_instance

from maidenhair.kube.rbac.service_accounts import create_service_account
from maidenhair.suite.outcome import attempt, outcome_of

A_MOMENT_SECONDS = 2
WITHOUT_GRACE_PERIOD = ("grace period", "none")


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


@given('the program is in the "async with" block of {name:Used}')
def enter(context: Any, name: str | None) -> None:
    context.used = used(context, name)
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


@when("the program deletes {name:Used}")
def delete(context: Any, name: str | None) -> None:
    """A table may have the setting "grace period", with the value "none"."""
    settings = [tuple(row) for row in context.table or ()]
    options = {"grace_period_seconds": 0} if settings == [WITHOUT_GRACE_PERIOD] else {}
    assert_that(bool(settings), equal_to(bool(options)), f"settings of a deletion: {settings}")
    used(context, name).delete(**options)


@when("the program waits for {name:Used}")
def wait_for(context: Any, name: str | None) -> None:
    used(context, name).become_ready()


@when("the program waits for {name:Used} for a moment")
def wait_for_a_moment(context: Any, name: str | None) -> None:
    waited_for = used(context, name)
    context.outcome = attempt(lambda: waited_for.wait_for(A_MOMENT_SECONDS), TimeoutError)


@then("the program sees that {name:Used} is ready")
def sees_ready(context: Any, name: str | None) -> None:
    assert_that(used(context, name).says_ready(), equal_to(True), "is_ready()")


@then("the program sees that {name:Used} is not ready")
def sees_not_ready(context: Any, name: str | None) -> None:
    assert_that(used(context, name).says_ready(), equal_to(False), "is_ready()")


@when('the program creates a tensor on Compute "{name}"')
def create_tensor(context: Any, name: str) -> None:
    context.outcome = attempt(context.skytorch.computes[name].use_device, RuntimeError)


@then('the program gets the error "{message}"')
def gets_error(context: Any, message: str) -> None:
    """The message is a part of the type and the text of the error, or of an error in its group."""
    error = outcome_of(context).error
    assert_that(error, instance_of(Exception), "the program's error")
    if "raised" in context:
        assert_that(error, same_instance(context.raised))
    texts = [
        f"{type(each).__name__}: {each}" for each in (error, *getattr(error, "exceptions", ()))
    ]
    # The API's answers are JSON and shown as bytes: their quotes are escaped, even twice.
    assert_that("\n".join(texts).replace("\\", ""), contains_string(message))


def used(context: Any, name: str | None) -> Any:
    """Return a Compute by its name, or the Cluster."""
    return context.cluster if name is None else context.skytorch.computes[name]

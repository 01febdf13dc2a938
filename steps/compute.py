"""Steps about a Compute: "a Compute" is driven through the SDK, "a Compute object" through the Kubernetes API."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import (
    assert_that,
    contains_string,
    equal_to,
    instance_of,
    matches_regexp,
)
from kubernetes.client import ApiException

from maidenhair.errors import ApiRefused, WaitError, WaitStopped
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.skytorch.sdk.drivers import DrivenCompute
from maidenhair.systems.skytorch.workloads.commands import HEALTHY, IDLE

# No registry answers on this port of the node itself: the pull fails at once, wherever the cluster is.
ABSENT_IMAGE = "localhost:1/no-such-server:1"
# What is held does not end however long one waits; without being held it would, in less.
LOOK_SECONDS = 5.0


@given('a Compute named "{name}"')
def submit_compute(context: Any, name: str) -> None:
    context.skytorch.through_sdk(name).submit(context.skytorch.server_image)


@given('a managed Compute named "{name}"')
def enter_compute(context: Any, name: str) -> None:
    compute = context.skytorch.through_sdk(name)
    compute.submit(context.skytorch.server_image)
    compute.enter()


@given('an idle Compute named "{name}"')
def submit_healthy_compute(context: Any, name: str) -> None:
    compute = context.skytorch.through_sdk(name)
    compute.submit(context.skytorch.server_image, command=list(HEALTHY))


@given('a managed idle Compute named "{name}"')
def enter_healthy_compute(context: Any, name: str) -> None:
    submit_healthy_compute(context, name)
    context.skytorch.computes[name].enter()


@given('a ready Compute named "{name}"')
def submit_ready_compute(context: Any, name: str) -> None:
    submit_compute(context, name)
    become_ready(context, name)


@given('an idle Compute object named "{name}"')
def submit_healthy_object(context: Any, name: str) -> None:
    compute = context.skytorch.as_object(name)
    compute.submit(context.skytorch.server_image, command=list(HEALTHY))


@given('a ready Compute object named "{name}"')
def submit_ready_object(context: Any, name: str) -> None:
    context.skytorch.as_object(name).submit(context.skytorch.server_image)
    become_ready(context, name)


@given('a Compute object named "{name}" whose image does not exist')
def submit_object_without_image(context: Any, name: str) -> None:
    # Once its image is there, it is ready in a moment.
    context.skytorch.as_object(name).submit(ABSENT_IMAGE, command=list(HEALTHY))


@given('a Compute named "{name}" whose server never starts')
def submit_idle_compute(context: Any, name: str) -> None:
    compute = context.skytorch.through_sdk(name)
    compute.submit(context.skytorch.server_image, command=list(IDLE))


@given('a Compute object named "{name}" whose server never starts')
def submit_idle_object(context: Any, name: str) -> None:
    compute = context.skytorch.as_object(name)
    compute.submit(context.skytorch.server_image, command=list(IDLE))


@given('a suspended Compute named "{name}"')
def submit_suspended_compute(context: Any, name: str) -> None:
    context.skytorch.through_sdk(name).submit(context.skytorch.server_image, suspend=True)


@given('a suspended Compute object named "{name}"')
def submit_suspended_object(context: Any, name: str) -> None:
    context.skytorch.as_object(name).submit(context.skytorch.server_image, suspend=True)


@when('a Compute named "{name}" is submitted')
def try_to_submit_compute(context: Any, name: str) -> None:
    try_to_submit(context, context.skytorch.through_sdk(name))


@when('a Compute object named "{name}" is submitted')
def try_to_submit_object(context: Any, name: str) -> None:
    try_to_submit(context, context.skytorch.as_object(name))


@given('"{name}" became ready')
@when('"{name}" becomes ready')
def become_ready(context: Any, name: str) -> None:
    context.skytorch.computes[name].become_ready()


@when('"{name}" is waited for')
def wait_for(context: Any, name: str) -> None:
    context.outcome = attempt(context.skytorch.computes[name].become_ready, WaitError)


@given('"{name}" was suspended')
def be_suspended(context: Any, name: str) -> None:
    suspend(context, name)
    view = context.skytorch.view(name)
    view.wait_for_condition("Suspended", "True", "Suspended")
    view.pods.wait_for(0)


@when('"{name}" is suspended')
def suspend(context: Any, name: str) -> None:
    context.skytorch.computes[name].suspend()


@when('"{name}" is resumed')
def resume(context: Any, name: str) -> None:
    context.skytorch.computes[name].resume()


@when('"{name}" is asked to run')
def ask_to_run(context: Any, name: str) -> None:
    context.skytorch.view(name).patch(suspend=False)


@when('the image of "{name}" is changed to the right one')
def correct_image(context: Any, name: str) -> None:
    context.skytorch.view(name).patch(image=context.skytorch.server_image)


@when('the variable "{variable}" of "{name}" is set to "{value}"')
def set_variable(context: Any, variable: str, name: str, value: str) -> None:
    context.skytorch.view(name).patch(env=[{"name": variable, "value": value}])


@when('"{name}" is deleted')
def delete(context: Any, name: str) -> None:
    context.skytorch.computes[name].delete()


@when('the use of "{name}" ends')
def leave(context: Any, name: str) -> None:
    context.skytorch.computes[name].leave()


@when('"{name}" is deleted without a grace period')
def delete_at_once(context: Any, name: str) -> None:
    context.skytorch.computes[name].delete(grace_period_seconds=0)


@given('"{name}" is held by the finalizer "{finalizer}"')
def hold(context: Any, name: str, finalizer: str) -> None:
    view = context.skytorch.view(name)
    # What is held keeps the spec's namespace from being gone.
    context.spec.cleanups.add(f"release {view}", view.release)
    view.hold(finalizer)


@when('"{name}" is released')
def release(context: Any, name: str) -> None:
    context.skytorch.view(name).release()


@when('the end of "{name}" is waited for')
def wait_for_end(context: Any, name: str) -> None:
    view = context.skytorch.view(name)
    context.outcome = attempt(lambda: view.wait_until_gone(within=LOOK_SECONDS), WaitError)


@then('the failure tells that "{name}" waits for "{finalizer}"')
def failure_tells_finalizer(context: Any, name: str, finalizer: str) -> None:
    told = f"{context.skytorch.view(name)} is being deleted and waiting for finalizers: {finalizer}"
    assert_that(str(outcome_of(context).error), contains_string(told))


@then('nothing of "{name}" is left')
def nothing_is_left(context: Any, name: str) -> None:
    context.skytorch.view(name).wait_until_gone()


@then('"{name}" is in the namespace of this scenario')
def is_in_the_namespace(context: Any, name: str) -> None:
    compute = context.skytorch.view(name).wait_until_present()
    assert_that(compute["metadata"]["namespace"], equal_to(context.spec.namespace))


@then("the wait ends before its time is over")
def wait_ended_early(context: Any) -> None:
    assert_that(outcome_of(context).error, instance_of(WaitStopped))


@then("the failure tells that the image cannot be pulled")
def failure_tells_pull_error(context: Any) -> None:
    assert_that(str(outcome_of(context).error), contains_string("cannot be pulled"))
    # Container runtimes word their errors in their own ways; else kubelet's reason tells it.
    pull_errors = "failed to pull|ErrImagePull|ImagePullBackOff"
    assert_that(str(outcome_of(context).error), matches_regexp(pull_errors))


@then("the failure names the image")
def failure_names_image(context: Any) -> None:
    assert_that(str(outcome_of(context).error), contains_string(ABSENT_IMAGE))


def try_to_submit(context: Any, compute: DrivenCompute) -> None:
    image = context.skytorch.server_image
    context.outcome = attempt(lambda: compute.submit(image), ApiRefused, ApiException)

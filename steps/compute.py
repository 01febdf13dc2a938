"""Steps about a Compute: "a Compute" is driven through the SDK, "a Compute object" through the Kubernetes API."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import (
    assert_that,
    contains_inanyorder,
    contains_string,
    equal_to,
    instance_of,
    matches_regexp,
)
from kubernetes.client import ApiException

from maidenhair.errors import ApiRefused, WaitError, WaitStopped
from maidenhair.skytorch.driving import DrivenCompute, ObjectDriven, SdkDriven

# No registry answers on this port of the node itself: the pull fails at once, wherever the cluster is.
ABSENT_IMAGE = "localhost:1/no-such-server:1"


@given('a Compute named "{name}"')
def submit_compute(context: Any, name: str) -> None:
    through_sdk(context, name).submit(context.spec.server_image)


@given('a managed Compute named "{name}"')
def enter_compute(context: Any, name: str) -> None:
    compute = through_sdk(context, name)
    compute.submit(context.spec.server_image)
    compute.enter()


@given('a ready Compute named "{name}"')
def submit_ready_compute(context: Any, name: str) -> None:
    submit_compute(context, name)
    become_ready(context, name)


@given('a Compute object named "{name}"')
def submit_object(context: Any, name: str) -> None:
    as_object(context, name).submit(context.spec.server_image)


@given('a ready Compute object named "{name}"')
def submit_ready_object(context: Any, name: str) -> None:
    submit_object(context, name)
    become_ready(context, name)


@given('a Compute object named "{name}" whose image does not exist')
def submit_object_without_image(context: Any, name: str) -> None:
    as_object(context, name).submit(ABSENT_IMAGE)


@when('a Compute named "{name}" is submitted')
def try_to_submit_compute(context: Any, name: str) -> None:
    try_to_submit(context, through_sdk(context, name))


@when('a Compute object named "{name}" is submitted')
def try_to_submit_object(context: Any, name: str) -> None:
    try_to_submit(context, as_object(context, name))


@given('"{name}" became ready')
@when('"{name}" becomes ready')
def become_ready(context: Any, name: str) -> None:
    driven(context, name).become_ready()


@when('"{name}" is waited for')
def wait_for(context: Any, name: str) -> None:
    context.failure = None
    try:
        driven(context, name).become_ready()
    except WaitError as error:
        context.failure = error


@given('"{name}" was suspended')
def be_suspended(context: Any, name: str) -> None:
    suspend(context, name)
    says_suspended(context, name)
    has_no_pods(context, name)


@when('"{name}" is suspended')
def suspend(context: Any, name: str) -> None:
    driven(context, name).suspend()


@when('"{name}" is resumed')
def resume(context: Any, name: str) -> None:
    driven(context, name).resume()


@when('"{name}" is deleted')
def delete(context: Any, name: str) -> None:
    driven(context, name).delete()


@when('the use of "{name}" ends')
def leave(context: Any, name: str) -> None:
    driven(context, name).leave()


@then('"{name}" has no pods')
def has_no_pods(context: Any, name: str) -> None:
    context.spec.view(name).wait_for_pods(0)


@then('"{name}" has a pod')
def has_a_pod(context: Any, name: str) -> None:
    context.spec.view(name).wait_for_pods(1)


@then('"{name}" says that it is suspended')
def says_suspended(context: Any, name: str) -> None:
    context.spec.view(name).wait_for_condition("Suspended", "True", "Suspended")


@then('"{name}" says that it is resumed')
def says_resumed(context: Any, name: str) -> None:
    context.spec.view(name).wait_for_condition("Suspended", "False", "Resumed")


@then('"{name}" gives "{reason}" as the reason')
def gives_reason(context: Any, name: str, reason: str) -> None:
    context.spec.view(name).wait_for_condition("Ready", "True", reason)


@then('"{name}" owns a Service, a GRPCRoute and a StatefulSet of its name')
def owns_what_serves_it(context: Any, name: str) -> None:
    expected = [(kind, name) for kind in ("Service", "GRPCRoute", "StatefulSet")]
    assert_that(context.spec.view(name).owned(), contains_inanyorder(*expected))


@then('nothing of "{name}" is left')
def nothing_is_left(context: Any, name: str) -> None:
    context.spec.view(name).wait_until_gone()


@then('"{name}" is in the namespace of this scenario')
def is_in_the_namespace(context: Any, name: str) -> None:
    compute = context.spec.view(name).wait_until_present()
    assert_that(compute["metadata"]["namespace"], equal_to(context.spec.namespace))


@then("the wait ends before its time is over")
def wait_ended_early(context: Any) -> None:
    assert_that(context.failure, instance_of(WaitStopped))


@then("the failure tells that the image cannot be pulled")
def failure_tells_pull_error(context: Any) -> None:
    assert_that(str(context.failure), contains_string("cannot be pulled"))
    # Container runtimes word their errors in their own ways; else kubelet's reason tells it.
    pull_errors = "failed to pull|ErrImagePull|ImagePullBackOff"
    assert_that(str(context.failure), matches_regexp(pull_errors))


@then("the failure names the image")
def failure_names_image(context: Any) -> None:
    assert_that(str(context.failure), contains_string(ABSENT_IMAGE))


def through_sdk(context: Any, name: str) -> SdkDriven:
    compute = SdkDriven(context.spec.sdk, context.spec.view(name))
    context.spec.computes[name] = compute
    return compute


def as_object(context: Any, name: str) -> ObjectDriven:
    compute = ObjectDriven(context.spec.view(name))
    context.spec.computes[name] = compute
    return compute


def driven(context: Any, name: str) -> Any:
    return context.spec.computes[name]


def try_to_submit(context: Any, compute: DrivenCompute) -> None:
    context.refusal = None
    try:
        compute.submit(context.spec.server_image)
    except (ApiRefused, ApiException) as error:
        context.refusal = error

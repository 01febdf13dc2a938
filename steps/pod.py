"""Steps about the pods in which the server of a Compute runs."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that

from maidenhair.kube.matchers import matches_tree
from maidenhair.systems.skytorch.stack.readiness import serving


@then('"{name}" has no pods')
def has_no_pods(context: Any, name: str) -> None:
    context.skytorch.view(name).pods.wait_for(0)


@then('"{name}" has a pod')
def has_a_pod(context: Any, name: str) -> None:
    context.skytorch.view(name).pods.wait_for(1)


@given('the pod of "{name}" runs')
def pod_runs(context: Any, name: str) -> None:
    context.pod = context.skytorch.view(name).pods.wait_for_running()


@given('the pod of "{name}" waits for its image')
def pod_waits(context: Any, name: str) -> None:
    [context.pod] = context.skytorch.view(name).pods.wait_for(1)


@when('the pod of Compute "{name}" is deleted')
def delete_pod(context: Any, name: str) -> None:
    context.pod = context.skytorch.view(name).pods.delete()


@then('another pod of "{name}" serves')
def another_pod_serves(context: Any, name: str) -> None:
    view = context.skytorch.view(name)
    view.pods.wait_for_another(context.pod)
    with serving(view):
        return


@then('the pod of "{name}" has the variable "{variable}" set to "{value}"')
def pod_has_variable(context: Any, name: str, variable: str, value: str) -> None:
    [pod] = context.skytorch.view(name).pods.wait_for(1)
    variables = {"spec": {"containers": [{"env": [{"name": variable, "value": value}]}]}}
    assert_that(pod, matches_tree(variables))


@then('the server of "{name}" is started anew in its pod')
def is_restarted(context: Any, name: str) -> None:
    context.skytorch.view(name).pods.wait_for_restart(context.pod)

"""Steps about the pod in which the server of a Compute runs."""

from __future__ import annotations

from typing import Any

from behave import given, step, then

from maidenhair.systems.skytorch.stack.readiness import serving


@step('Compute "{name}" has no pod')
def has_no_pod(context: Any, name: str) -> None:
    context.skytorch.view(name).pods.wait_for(0)


@step('Compute "{name}" has one pod')
def has_one_pod(context: Any, name: str) -> None:
    [context.pod] = context.skytorch.view(name).pods.wait_for(1)


@given('the pod of Compute "{name}" is Running')
def pod_is_running(context: Any, name: str) -> None:
    context.pod = context.skytorch.view(name).pods.wait_for_running()


@then('another pod serves Compute "{name}"')
def another_pod_serves(context: Any, name: str) -> None:
    view = context.skytorch.view(name)
    view.pods.wait_for_another(context.pod)
    with serving(view):
        return


@then('the same pod serves Compute "{name}" after a restart')
def is_restarted(context: Any, name: str) -> None:
    view = context.skytorch.view(name)
    view.pods.wait_for_restart(context.pod)
    with serving(view):
        return

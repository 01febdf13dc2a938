"""Phrases that features/tensors still uses; they go when it has moved."""

from __future__ import annotations

from typing import Any

from behave import given, then
from hamcrest import assert_that, contains_string, instance_of

from maidenhair.suite.outcome import outcome_of


@given('a managed Compute named "{name}"')
def enter_compute(context: Any, name: str) -> None:
    context.skytorch.in_program = True
    context.skytorch.create(name)
    context.skytorch.computes[name].enter()


@given('a ready Compute object named "{name}"')
def create_ready_object(context: Any, name: str) -> None:
    context.skytorch.create(name)
    context.skytorch.computes[name].become_ready()


@then('the server of "{name}" is started anew in its pod')
def is_restarted(context: Any, name: str) -> None:
    context.skytorch.view(name).pods.wait_for_restart(context.pod)


@given('the pod of "{name}" runs')
def pod_runs(context: Any, name: str) -> None:
    context.pod = context.skytorch.view(name).pods.wait_for_running()


@then('a program is told "{message}"')
def program_is_told(context: Any, message: str) -> None:
    error = outcome_of(context).error
    assert_that(error, instance_of(Exception), "what the program is told")
    assert_that(str(error), contains_string(message))

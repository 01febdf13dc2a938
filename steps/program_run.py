"""Steps about whole Python programs, each of which runs in a process or a pod of its own."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that, contains_string, equal_to, not_

from maidenhair.systems.skytorch.sdk.program_text import program_text
from maidenhair.systems.skytorch.sdk.run_program import run_in_pod, run_program
from maidenhair.systems.skytorch.workloads.commands import HEALTHY

ABSENT_SERVER = "https://127.0.0.1:1"


@given("a kubeconfig")
def use_kubeconfig(context: Any) -> None:
    """The table's settings are "namespace" and "server"; a kubeconfig names no namespace unless the table does."""
    settings = dict(context.table or ())
    changes = {}
    if "namespace" in settings:
        own = settings["namespace"] == "that of this scenario"
        changes["namespace"] = context.spec.namespace if own else settings["namespace"]
    if settings.get("server") == "does not respond":
        changes["server"] = ABSENT_SERVER
    context.kubeconfig = context.spec.kubeconfig("of-the-program", **changes)


@when("a Python program runs that")
def run(context: Any) -> None:
    context.ended = run_program(
        text_of(context), context.kubeconfig if "kubeconfig" in context else None
    )


@when("a Python program runs in a pod that")
def run_inside(context: Any) -> None:
    spec = context.spec
    context.ended = run_in_pod(
        spec.kube, spec.inventory, spec.namespace, text_of(context), context.skytorch.server_image
    )


@then("the program succeeds")
def succeeds(context: Any) -> None:
    assert_that(context.ended.status, equal_to(0), context.ended.output)


@then('the program fails with "{message}"')
def fails(context: Any, message: str) -> None:
    assert_that(context.ended.status, not_(0), context.ended.output)
    assert_that(context.ended.output, contains_string(message))


@then('the program prints "{text}"')
def prints(context: Any, text: str) -> None:
    assert_that(context.ended.output, contains_string(text))


def text_of(context: Any) -> str:
    """Return the program of a table whose rows are its acts."""
    spec = context.spec
    acts = [act for [act] in context.table]
    options = {"image": context.skytorch.server_image, "command": list(HEALTHY)}
    return program_text(
        acts, spec.namespace, lambda: spec.kubeconfig("loaded-by-the-program"), options
    )

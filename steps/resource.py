"""Steps about the resources of the server of a Compute."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, contains_string

from maidenhair.errors import WaitError
from maidenhair.kube.matchers import equal_quantity, matches_tree
from maidenhair.suite.outcome import attempt, outcome_of

PATIENCE_SECONDS = 1.0


@then('the container of "{name}" may use')
def may_use(context: Any, name: str) -> None:
    requests, limits = (
        {row["resource"]: equal_quantity(row[column]) for row in context.table}
        for column in ("for sure", "at most")
    )
    resources = {"resources": {"requests": requests, "limits": limits}}
    tree = matches_tree({"spec": {"template": {"spec": {"containers": [resources]}}}})
    child = context.skytorch.view(name).child("StatefulSet")
    child.wait_until(tree, "to give its pods such resources")


@when('"{name}" is waited for with little patience for crowded nodes')
def wait_with_patience(context: Any, name: str) -> None:
    view = context.skytorch.view(name)
    hopeless = view.hopeless(PATIENCE_SECONDS)
    context.outcome = attempt(lambda: view.wait_until_ready(stop_when=[hopeless]), WaitError)


@then("the failure tells that no node has so much {resource}")
def failure_tells_crowded(context: Any, resource: str) -> None:
    failure = str(outcome_of(context).error)
    assert_that(failure, contains_string("fits on no node"))
    assert_that(failure, contains_string(f"not enough {resource} is free"))

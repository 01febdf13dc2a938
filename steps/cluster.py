"""Steps about a Cluster: several Computes that a Python program uses together."""

from __future__ import annotations

import re
from typing import Any

from behave import given, register_type, then, when
from hamcrest import assert_that, equal_to
from parse import with_pattern

from maidenhair.suite.outcome import Outcome, attempt
from maidenhair.systems.skytorch.sdk.cluster import DrivenCluster
from maidenhair.systems.skytorch.workloads.concurrent import multiply_beside_failure

NAME = '"[^"]+"'


@with_pattern(rf"Computes? {NAME}(?:(?:, {NAME})* and {NAME})?")
def parse_computes(text: str) -> list[str]:
    """Read names such as 'Compute "left"' or 'Computes "left" and "right"'."""
    return re.findall('"([^"]+)"', text)


@with_pattern(f"the Cluster|Compute {NAME}")
def parse_used(text: str) -> str | None:
    """Read 'Compute "left"' as the name, or "the Cluster" as None."""
    return None if text == "the Cluster" else text.split('"')[1]


register_type(Computes=parse_computes, Used=parse_used)


@given("a Cluster of {names:Computes}")
def create_cluster(context: Any, names: list[str]) -> None:
    computes = [context.skytorch.computes[name] for name in names]
    context.cluster = DrivenCluster(context.skytorch.sdk, computes)


@when("the program creates a Cluster without Computes")
def create_empty_cluster(context: Any) -> None:
    context.outcome = attempt(lambda: DrivenCluster(context.skytorch.sdk, []))


@when('Compute "{name}" is deleted while the program waits for the Cluster')
def delete_while_waiting(context: Any, name: str) -> None:
    delete = context.skytorch.view(name).delete
    context.outcome = attempt(lambda: context.cluster.wait_while(delete))


@then("the Cluster has {names:Computes}, in this order")
def has_computes(context: Any, names: list[str]) -> None:
    assert_that(context.cluster.names, equal_to(names), "iterating over the Cluster")
    assert_that(context.cluster.indexed_names, equal_to(names), "the Cluster's indices")


@when(
    'Compute "{failing}" runs a function that raises "{text}" while '
    'Compute "{name}" multiplies two matrices of {rows:d} by {columns:d}'
)
def fail_beside_work(
    context: Any, failing: str, text: str, name: str, rows: int, columns: int
) -> None:
    computes = (context.skytorch.computes[name], context.skytorch.computes[failing])
    product, error = multiply_beside_failure(context.skytorch.sdk, *computes, text, rows, columns)
    context.outcome, context.products = Outcome(product, error), {name: product}

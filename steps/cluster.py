"""Steps about a Cluster: several Computes that a Python program uses together."""

from __future__ import annotations

import re
from typing import Any

from behave import given, register_type, then, when
from hamcrest import assert_that, equal_to
from parse import with_pattern

from maidenhair.suite.outcome import Outcome, attempt
from maidenhair.systems.skytorch.sdk.cluster import DrivenCluster
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor
from maidenhair.systems.skytorch.workloads.concurrent import have_meet, multiply_beside_failure
from maidenhair.systems.skytorch.workloads.nested_round_trip import move_there_and_back

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


@when("{names:Computes} each run a function that waits for the other function")
def run_functions_that_meet(context: Any, names: list[str]) -> None:
    computes = {name: context.skytorch.computes[name] for name in names}
    context.printed = have_meet(context.skytorch.sdk, computes)


@then("both functions end")
def have_met(context: Any) -> None:
    first, second = context.printed
    met = {first: f"met {second}\n", second: f"met {first}\n"}
    assert_that(context.printed, equal_to(met), "the output of the functions")


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


@when("a nested structure of tensors and modules is moved to {names:Computes} in turn and back")
def move(context: Any, names: list[str]) -> None:
    sdk, computes = context.skytorch.sdk, context.skytorch.computes
    context.moves = {name: move_there_and_back(sdk, computes[name]) for name in names}


@then('the structure was on the device of Compute "{name}" alone and came back bit for bit')
def came_back(context: Any, name: str) -> None:
    moved = context.moves[name]
    assert_that(moved.went_to, equal_to({moved.device}), "the devices of the structure")
    others = {each.device for other, each in context.moves.items() if other != name}
    assert_that(moved.device in others, equal_to(False), "sharing the device with another Compute")
    assert_that(moved.after.keys(), equal_to(moved.before.keys()))
    for place, tensor in moved.before.items():
        assert_that(moved.after[place], equal_tensor(tensor), place)

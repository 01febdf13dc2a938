"""Steps about a Cluster: several Computes that a Python program uses together."""

from __future__ import annotations

import re
from typing import Any

from behave import given, register_type, then, when
from hamcrest import assert_that, contains_string, equal_to, instance_of
from parse import with_pattern

from maidenhair.suite.outcome import Outcome, attempt, outcome_of
from maidenhair.systems.skytorch.sdk.cluster import DrivenCluster
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor
from maidenhair.systems.skytorch.workloads.concurrent import have_meet, multiply_beside_failure
from maidenhair.systems.skytorch.workloads.nested_round_trip import move_there_and_back

SHORT_SECONDS = 2
NAME = '"[^"]+"'


@with_pattern(rf"Computes? {NAME}(?:(?:, {NAME})* and {NAME})?")
def parse_computes(text: str) -> list[str]:
    """Read names such as 'Compute "left"' or 'Computes "left" and "right"'."""
    return re.findall('"([^"]+)"', text)


register_type(Computes=parse_computes)


@given("a Cluster of {names:Computes}")
def create_cluster(context: Any, names: list[str]) -> None:
    computes = [context.skytorch.computes[name] for name in names]
    context.cluster = DrivenCluster(context.skytorch.sdk, computes)


@given('the program is in the "async with" block of the Cluster')
def enter_cluster(context: Any) -> None:
    context.used = context.cluster
    context.used.enter()


@when("the program creates a Cluster without Computes")
def create_empty_cluster(context: Any) -> None:
    context.outcome = attempt(lambda: DrivenCluster(context.skytorch.sdk, []))


@when("the program waits for the Cluster")
def wait_for_cluster(context: Any) -> None:
    context.cluster.become_ready()


@when("the program waits for a moment for the Cluster")
def wait_for_a_moment(context: Any) -> None:
    context.outcome = attempt(lambda: context.cluster.wait_for(SHORT_SECONDS))


@when('Compute "{name}" is deleted while the program waits for the Cluster')
def delete_while_waiting(context: Any, name: str) -> None:
    delete = context.skytorch.view(name).delete
    context.outcome = attempt(lambda: context.cluster.wait_while(delete))


@when("the program deletes the Cluster")
def delete_cluster(context: Any) -> None:
    context.cluster.delete()


@then("the Cluster has {names:Computes}, in this order")
def has_computes(context: Any, names: list[str]) -> None:
    assert_that(context.cluster.names, equal_to(names), "iterating over the Cluster")
    assert_that(context.cluster.indexed_names, equal_to(names), "the Cluster's indices")


@then("the program sees that the Cluster is ready")
def sees_ready(context: Any) -> None:
    assert_that(context.cluster.says_ready(), equal_to(True), "is_ready()")


@then("the program sees that the Cluster is not ready")
def sees_not_ready(context: Any) -> None:
    assert_that(context.cluster.says_ready(), equal_to(False), "is_ready()")


@then('the program gets a group of one error, about Compute "{name}"')
def gets_error_group(context: Any, name: str) -> None:
    group: Any = outcome_of(context).error
    assert_that(group, instance_of(ExceptionGroup), "the program's error")
    [error] = group.exceptions
    assert_that(str(error), contains_string(name))


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


@then('the structure was on the device of Compute "{name}" alone')
def was_on_device(context: Any, name: str) -> None:
    moved = context.moves[name]
    assert_that(moved.went_to, equal_to({moved.device}), "the devices of the structure")
    others = {each.device for other, each in context.moves.items() if other != name}
    assert_that(moved.device in others, equal_to(False), "sharing the device with another Compute")


@then('the structure from Compute "{name}" equals the local structure bit for bit')
def is_the_same(context: Any, name: str) -> None:
    moved = context.moves[name]
    assert_that(moved.after.keys(), equal_to(moved.before.keys()))
    for place, tensor in moved.before.items():
        assert_that(moved.after[place], equal_tensor(tensor), place)

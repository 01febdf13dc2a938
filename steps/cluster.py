"""Steps about a Cluster of Computes, which the SDK drives together."""

from __future__ import annotations

import re
from typing import Any

from behave import given, register_type, then, when
from hamcrest import assert_that, contains_string, equal_to, instance_of, is_, only_contains
from parse import with_pattern

from maidenhair.suite.outcome import Outcome, attempt, outcome_of
from maidenhair.systems.skytorch.api.expected_stateful_set import Settings, wait_until_prepared
from maidenhair.systems.skytorch.sdk.cluster import DrivenCluster
from maidenhair.systems.skytorch.sdk.event_listener import Listener
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor
from maidenhair.systems.skytorch.workloads.commands import HEALTHY
from maidenhair.systems.skytorch.workloads.concurrent import have_meet, multiply_beside_failure
from maidenhair.systems.skytorch.workloads.nested_round_trip import move_there_and_back

NAME = '"[^"]+"'
SHORT_SECONDS = 2
IDLE = {"command": list(HEALTHY)}


@with_pattern(rf"{NAME}(?:, {NAME})* and {NAME}")
def parse_names(text: str) -> list[str]:
    """Read names such as '"left" and "right"'."""
    return re.findall('"([^"]+)"', text)


register_type(Names=parse_names)


@given("a managed Cluster of {names:Names}")
def enter_cluster(context: Any, names: list[str]) -> None:
    make_cluster(context, {name: {} for name in names}).enter()


@given("a managed Cluster of the idle Computes {names:Names}")
def enter_idle_cluster(context: Any, names: list[str]) -> None:
    make_cluster(context, dict.fromkeys(names, IDLE)).enter()


@given("a Cluster of the idle Computes {names:Names}")
def make_idle_cluster(context: Any, names: list[str]) -> None:
    make_cluster(context, dict.fromkeys(names, IDLE))


@given("a Cluster of the suspended Computes {names:Names}")
def make_suspended_cluster(context: Any, names: list[str]) -> None:
    make_cluster(context, {name: {"suspend": True} for name in names})


@given("a Cluster of the idle Computes {names:Names}, whose events are listened to")
def make_heard_cluster(context: Any, names: list[str]) -> None:
    context.listeners = {name: Listener() for name in names}
    heard = context.listeners.items()
    make_cluster(context, {name: {**IDLE, "on_events": listener} for name, listener in heard})


@given("a Cluster of suspended Computes with these settings:")
def make_cluster_with_settings(context: Any) -> None:
    context.settings = {row["name"]: settings_of(row) for row in context.table}
    options = {name: each.options for name, each in context.settings.items()}
    make_cluster(context, {name: {**each, "suspend": True} for name, each in options.items()})


@when("a Cluster of no Computes is made")
def make_empty_cluster(context: Any) -> None:
    context.outcome = attempt(lambda: DrivenCluster(context.skytorch.sdk, []))


@when("the Cluster becomes ready")
def become_ready(context: Any) -> None:
    context.cluster.become_ready()


@when("the Cluster is waited for until time runs out")
def wait_in_vain(context: Any) -> None:
    context.outcome = attempt(lambda: context.cluster.wait_for(SHORT_SECONDS))


@when('"{name}" is deleted while the Cluster is waited for')
def delete_while_waiting(context: Any, name: str) -> None:
    delete = context.skytorch.view(name).delete
    context.outcome = attempt(lambda: context.cluster.wait_while(delete))


@when("the use of the Cluster ends")
def leave_cluster(context: Any) -> None:
    context.outcome = attempt(context.cluster.leave)


@when("the Cluster is deleted")
def delete_cluster(context: Any) -> None:
    context.cluster.delete()


@when('"{first}" and "{second}" each run a function that ends only when it has met the other\'s')
def run_functions_that_meet(context: Any, first: str, second: str) -> None:
    computes = {name: context.skytorch.computes[name] for name in (first, second)}
    context.printed = have_meet(context.skytorch.sdk, computes)


@when(
    '"{failing}" fails with "{text}" while two matrices of {rows:d} by {columns:d} are multiplied on "{name}"'
)
def fail_beside_work(
    context: Any, failing: str, text: str, rows: int, columns: int, name: str
) -> None:
    computes = (context.skytorch.computes[name], context.skytorch.computes[failing])
    product, error = multiply_beside_failure(context.skytorch.sdk, *computes, text, rows, columns)
    context.outcome, context.products = Outcome(product, error), [product]


@when(
    "a nested structure of tensors and modules is moved "
    'to "{first}" and back, and to "{second}" and back'
)
def move(context: Any, first: str, second: str) -> None:
    context.moves = [
        move_there_and_back(context.skytorch.sdk, context.skytorch.computes[name])
        for name in (first, second)
    ]


@then("its Computes are {names:Names}, in this order")
def has_computes(context: Any, names: list[str]) -> None:
    assert_that(context.cluster.names, equal_to(names), "what iterating gives")
    assert_that(context.cluster.indexed_names, equal_to(names), "what its indices give")


@then("each of them is prepared with its settings")
def has_settings(context: Any) -> None:
    spec = context.spec
    for name, settings in context.settings.items():
        wait_until_prepared(spec.kube, spec.namespace, name, settings)


@then("the Cluster is ready")
def says_ready(context: Any) -> None:
    assert_that(context.cluster.says_ready(), is_(True), "what the Cluster says of being ready")


@then("the Cluster is not ready")
def says_not_ready(context: Any) -> None:
    assert_that(context.cluster.says_ready(), is_(False), "what the Cluster says of being ready")


@then('"{name}" tells that its pod was started, and nothing of other pods')
def tells_of_own_pod(context: Any, name: str) -> None:
    listener = context.listeners[name]
    listener.wait_for("Started")
    assert_that(listener.pods, only_contains(f"{name}-0"), f"the pods that {name} tells of")


@then("a program is told that time ran out")
def told_of_time(context: Any) -> None:
    assert_that(outcome_of(context).error, instance_of(TimeoutError), "what the program is told")


@then('a program is told of a group of failures, of "{name}" alone')
def told_of_group(context: Any, name: str) -> None:
    group: Any = outcome_of(context).error
    assert_that(group, instance_of(ExceptionGroup), "what the program is told")
    [failure] = group.exceptions
    assert_that(str(failure), contains_string(name))


@then("the functions have met")
def have_met(context: Any) -> None:
    first, second = context.printed
    met = {first: f"met {second}\n", second: f"met {first}\n"}
    assert_that(context.printed, equal_to(met), "what the functions printed")


@then("all of it was on the device of each")
def was_on_devices(context: Any) -> None:
    for each in context.moves:
        assert_that(each.went_to, equal_to({each.device}))
    assert_that(len({each.device for each in context.moves}), equal_to(len(context.moves)))


@then("all of it is the same as before, bit for bit")
def is_the_same(context: Any) -> None:
    for each in context.moves:
        assert_that(each.after.keys(), equal_to(each.before.keys()))
        for place, tensor in each.before.items():
            assert_that(each.after[place], equal_tensor(tensor), place)


def make_cluster(context: Any, options: dict[str, Any]) -> DrivenCluster:
    for name, each in options.items():
        context.skytorch.through_sdk(name).submit(context.skytorch.server_image, **each)
    cluster = DrivenCluster(
        context.skytorch.sdk, [context.skytorch.computes[name] for name in options]
    )
    context.cluster = cluster
    return cluster


def settings_of(row: Any) -> Settings:
    """Read a row of a table of settings."""
    label, variable = row["label"].split("="), row["variable"].split("=")
    resources = {"cpu": row["cpu"], "memory": row["memory"]}
    return Settings(dict([label]), dict([variable]), resources)

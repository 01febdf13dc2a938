"""Steps about pods on simulated nodes: what they ask for, where they land, what was chosen for them."""

from __future__ import annotations

import re
from typing import Any

from behave import given, register_type, then, when
from hamcrest import assert_that, contains_string, equal_to, has_length, instance_of, none, not_none
from parse import with_pattern

from maidenhair.errors import ApiRefused
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.devices.priority_class import priority_class, put_before_others
from maidenhair.systems.devices.quota import limit
from maidenhair.systems.devices.simulated.fleet_crowd import submit_all, wait_until_all_run
from maidenhair.systems.devices.simulated.fleet_pods import (
    FleetPod,
    PodRequest,
    wait_for_deployment,
)


@with_pattern(r'"[^"]+"(?:(?:, | and )"[^"]+")+')
def parse_names(text: str) -> list[str]:
    """Read several names."""
    return re.findall(r'"([^"]+)"', text)


@with_pattern(r'[^"]+')
def parse_name(text: str) -> str:
    """Read one name, and not what follows it."""
    return text


register_type(Pods=parse_names, Pod=parse_name)


@given('a pod "{name:Pod}" that runs, having asked for')
def pod_that_runs(context: Any, name: str) -> None:
    ask(context, name)
    pod(context, name).wait_until_running()


@given('{count:d} copies of a pod "{name:Pod}" that run, having asked for')
def copies_that_run(context: Any, count: int, name: str) -> None:
    copies_ask(context, count, name)
    all_run(context, count, name)


@when('a pod "{name:Pod}" asks for')
def ask(context: Any, name: str, **more: Any) -> None:
    pod(context, name).submit(PodRequest([asked(context)], **more))


@when('a pod "{name:Pod}" with the annotation "{key}" of "{value}" asks for')
def ask_with_annotation(context: Any, name: str, key: str, value: str) -> None:
    ask(context, name, annotations={key: value})


@when('a pod "{name:Pod}" with the label "{key}" of "{value}" asks for')
def ask_with_label(context: Any, name: str, key: str, value: str) -> None:
    ask(context, name, labels={key: value})


@when('a pod "{name:Pod}" for the scheduler "{scheduler}" asks for')
def ask_with_scheduler(context: Any, name: str, scheduler: str) -> None:
    ask(context, name, scheduler=scheduler)


@given('a PriorityClass "{name}" whose pods go before others')
def priority(context: Any, name: str) -> None:
    put_before_others(context.spec.inventory, context.spec.namespace, name)


@when('a pod "{name:Pod}" of the PriorityClass "{priority}" asks for')
def ask_with_priority(context: Any, name: str, priority: str) -> None:
    ask(context, name, priority_class=priority_class(context.spec.namespace, priority))


@when('a pod "{name:Pod}" asks for these, container by container')
def ask_by_container(context: Any, name: str) -> None:
    limits: dict[str, list[dict[str, str]]] = {"init container": [], "container": []}
    for row in context.table:
        own = dict(zip(context.table.headings, row.cells, strict=True))
        limits[own.pop("kind", "container")].append(own)
    pod(context, name).submit(PodRequest(limits["container"], limits["init container"]))


@when('{count:d} copies of a pod "{name:Pod}" ask for')
def copies_ask(context: Any, count: int, name: str, **more: Any) -> None:
    for each in copies(count, name):
        ask(context, each, **more)


@when('{count:d} copies of a pod "{name:Pod}" with the annotation "{key}" of "{value}" ask for')
def copies_ask_with_annotation(context: Any, count: int, name: str, key: str, value: str) -> None:
    for each in copies(count, name):
        # One after the other: where the first is counts for where the next goes.
        ask(context, each, annotations={key: value})
        pod(context, each).wait_until_running()


@given('a Deployment "{name}" of {count:d} pods that run, having asked for each')
def deployment_that_runs(context: Any, name: str, count: int) -> None:
    spec = context.spec
    spec.inventory.apply(
        PodRequest([asked(context)]).deployment(name, context.devices.fleet, count)
    )
    wait_for_deployment(spec.kube, spec.namespace, name, count)


@given('a quota of {amount} "{resource}" in the namespace')
def quota(context: Any, amount: str, resource: str) -> None:
    limit(context.spec.kube, context.spec.inventory, {f"requests.{resource}": amount})


@when('a pod "{name:Pod}" tries to get')
def try_to_ask(context: Any, name: str) -> None:
    context.outcome = attempt(lambda: ask(context, name), ApiRefused)


@when("{count:d} pods for each vendor of the nodes ask for {devices:d} devices each")
def ask_for_each_vendor(context: Any, count: int, devices: int) -> None:
    spec = context.spec
    context.asked = {
        f"{profile.name}-user-{number}": profile
        for profile in context.devices.fleet.vendors
        for number in range(count)
    }
    requests = {
        name: PodRequest([{profile.resource: str(devices)}])
        for name, profile in context.asked.items()
    }
    submit_all(spec.kube, spec.namespace, context.devices.fleet, requests)


@then("all of them run, each on a node of its vendor")
def all_run_on_nodes_of_vendors(context: Any) -> None:
    spec = context.spec
    nodes = wait_until_all_run(
        spec.kube, spec.namespace, context.devices.fleet, list(context.asked)
    )
    vendors = {
        name: list(context.devices.fleet.nodes[node].devices) for name, node in nodes.items()
    }
    wanted = {name: [profile] for name, profile in context.asked.items()}
    assert_that(vendors, equal_to(wanted), "the vendors of the nodes of the pods")


@then('the {count:d} pods of the Deployment "{name}" run on "{node}"')
def deployment_runs_on(context: Any, count: int, name: str, node: str) -> None:
    spec = context.spec
    full_name = context.devices.fleet.nodes[node].full_name
    wait_for_deployment(spec.kube, spec.namespace, name, count, full_name)


@then('the pod is refused because of "{text}"')
def is_refused(context: Any, text: str) -> None:
    refusal = outcome_of(context).error
    assert_that(refusal, instance_of(ApiRefused), "the refusal")
    assert_that(str(refusal), contains_string(text))


@then('"{name}" runs')
def runs(context: Any, name: str) -> None:
    assert_that(pod(context, name).wait_until_running(), not_none(), f"the node of {name}")


@then('"{name}" runs on "{node}"')
def runs_on(context: Any, name: str, node: str) -> None:
    assert_that(pod(context, name).wait_until_running(), equal_to(node), f"the node of {name}")


@then('all {count:d} copies of "{name}" run')
def all_run(context: Any, count: int, name: str) -> None:
    for each in copies(count, name):
        assert_that(pod(context, each).wait_until_running(), not_none(), f"the node of {each}")


@then('"{name}" stays pending because "{reason}"')
def stays_pending(context: Any, name: str, reason: str) -> None:
    assert_that(pod(context, name).wait_until_told(reason), none(), f"the node of {name}")


@when('"{name}" is ended')
def complete(context: Any, name: str) -> None:
    pod(context, name).complete()


@when('"{name}" is taken away')
def delete(context: Any, name: str) -> None:
    pod(context, name).delete()


@then('"{name}" is displaced')
def is_displaced(context: Any, name: str) -> None:
    pod(context, name).wait_until_gone()


@then("{names:Pods} run on different nodes")
def run_on_different_nodes(context: Any, names: list[str]) -> None:
    nodes = {pod(context, name).wait_until_running() for name in names}
    assert_that(nodes, has_length(len(names)), f"the nodes of {names}")


@then("{names:Pods} run on the same node")
def run_on_one_node(context: Any, names: list[str]) -> None:
    nodes = {pod(context, name).wait_until_running() for name in names}
    assert_that(nodes, has_length(1), f"the nodes of {names}")


def copies(count: int, name: str) -> list[str]:
    """Return the names of so many copies of a pod."""
    return [f"{name}-{number}" for number in range(1, count + 1)]


def asked(context: Any) -> dict[str, str]:
    """Return the resources of the step's table."""
    return {row["resource"]: row["amount"] for row in context.table}


def pod(context: Any, name: str) -> FleetPod:
    """Return the pod of a name."""
    spec = context.spec
    return FleetPod(spec.kube, spec.namespace, name, context.devices.fleet)

"""Steps about pods that request devices: how they are created, where they run, and why they do not."""

from __future__ import annotations

from typing import Any

from behave import given, register_type, then, when
from hamcrest import assert_that, equal_to, has_length
from parse import with_pattern

from maidenhair.steps.refusals import attempt_to_create, check_accepted
from maidenhair.systems.devices.device_request import DeviceRequest, limits_of
from maidenhair.systems.devices.pod_request import Container, PodRequest
from maidenhair.systems.devices.pods.many import (
    copies_of,
    wait_for_deployment,
)
from maidenhair.systems.devices.pods.pod import DevicePod
from maidenhair.systems.devices.pods.pod_settings import containers_of, has_settings
from maidenhair.systems.devices.pods.priority_class import put_before_others
from maidenhair.systems.devices.simulated.race import race


@with_pattern(r"\d+ nodes?")
def parse_nodes(text: str) -> int:
    """Read a number of nodes."""
    return int(text.split()[0])


register_type(Nodes=parse_nodes)


@given('a running pod "{name:Name}" that requests {devices:Devices}')
def running_pod(context: Any, name: str, devices: list[DeviceRequest]) -> None:
    create_pod(context, name, devices)
    pod(context, name).wait_until_running()


@given('{count:d} running pods "{name:Name}" that each request {devices:Devices}')
def running_pods(context: Any, count: int, name: str, devices: list[DeviceRequest]) -> None:
    names = copies_of(name, str(count))
    for each in names:
        create_pod(context, each, devices)
    for each in names:
        pod(context, each).wait_until_running()


@given('a running pod "{name:Name}" with')
def running_pod_with(context: Any, name: str) -> None:
    create_pod_with(context, name)
    pod(context, name).wait_until_running()


@given('a PriorityClass "{name:Name}" above the default priority')
def high_priority(context: Any, name: str) -> None:
    put_before_others(context.spec.inventory, context.spec.namespace, name)


@given('a Deployment "{name:Name}" of {count:d} running pods that each request {devices:Devices}')
def running_deployment(context: Any, name: str, count: int, devices: list[DeviceRequest]) -> None:
    spec = context.spec
    placement = context.devices.nodes.placement
    spec.inventory.apply(request_of(devices).deployment(name, placement, count))
    wait_for_deployment(spec.kube, spec.namespace, name, count)


@when('pod "{name:Name}" is created, requesting {devices:Devices}')
def create_pod(context: Any, name: str, devices: list[DeviceRequest]) -> None:
    create(context, name, request_of(devices))


@when('pod "{name:Name}" is created with')
def create_pod_with(context: Any, name: str) -> None:
    create(context, name, context.devices.request(map(tuple, context.table)))


@when('pod "{name:Name}" is created with these containers')
def create_pod_with_containers(context: Any, name: str) -> None:
    create(context, name, containers_of(row.as_dict() for row in context.table))


@when("{pods:d} pods are created at once, {rounds:d} times, each requesting {devices:Devices}")
def create_racing_pods(context: Any, pods: int, rounds: int, devices: list[DeviceRequest]) -> None:
    spec, nodes = context.spec, context.devices.nodes
    context.winners = race(spec.kube, spec.namespace, nodes, limits_of(devices), pods, rounds)


@when('pod "{name:Name}" completes')
def complete(context: Any, name: str) -> None:
    pod(context, name).complete()


@then('pod "{name:Name}" is Running on node "{node:Name}"')
def is_running_on(context: Any, name: str, node: str) -> None:
    assert_that(pod(context, name).wait_until_running(), equal_to(node), "the node")


@then("pods {names:Names} occupy {count:Nodes}")
def occupy(context: Any, names: list[str], count: int) -> None:
    nodes = {pod(context, name).wait_until_running() for name in names}
    assert_that(nodes, has_length(count), "the nodes")


@then('{count:d} pods of Deployment "{name:Name}" are Running on node "{node:Name}"')
def deployment_is_running_on(context: Any, count: int, name: str, node: str) -> None:
    spec = context.spec
    full_name = context.devices.nodes.full_name_of(node)
    wait_for_deployment(spec.kube, spec.namespace, name, count, full_name)


@then("exactly 1 of the pods is Running each time")
def one_is_running(context: Any) -> None:
    assert_that(set(context.winners), equal_to({1}), "the numbers of pods that ran")


@then('pod "{name:Name}" has these settings')
def has(context: Any, name: str) -> None:
    devices = context.devices
    settings = has_settings(devices.named_in(map(tuple, context.table)), devices.nodes)
    pod(context, name).wait_until(settings, "to have the settings")


def request_of(devices: list[DeviceRequest]) -> PodRequest:
    return PodRequest([Container(limits_of(devices))])


def create(context: Any, name: str, request: PodRequest) -> None:
    attempt_to_create(context, "Pod", name, lambda: context.devices.pod(name).create(request))


def pod(context: Any, name: str) -> DevicePod:
    """Return a pod that the API did not refuse."""
    check_accepted(context, "Pod", name)
    found: DevicePod = context.devices.pod(name)
    return found

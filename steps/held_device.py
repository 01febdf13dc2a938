"""Steps for the devices, and the shares of devices, that pods and their containers have."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from behave import register_type, then
from hamcrest import any_of, assert_that, equal_to, greater_than, has_entries, has_length
from parse import with_pattern

from maidenhair.systems.devices.device_nodes import HeldDevice
from maidenhair.systems.devices.device_request import DeviceRequest
from maidenhair.systems.devices.real.container_view import WHOLE, variables
from maidenhair.systems.devices.vendor_profile import VendorProfile
from steps.device_pod import pod


@with_pattern(r"\d+ NUMA nodes?")
def parse_numa_nodes(text: str) -> int:
    """Read a number of NUMA nodes."""
    return int(text.split()[0])


register_type(NumaNodes=parse_numa_nodes)


@then('pod "{name:Name}" has {devices:Devices}')
def pod_has(context: Any, name: str, devices: list[DeviceRequest]) -> None:
    assert_devices(pod(context, name).devices(), devices)


@then('container "{container:Name}" of pod "{name:Name}" has {devices:Devices}')
def container_has(context: Any, container: str, name: str, devices: list[DeviceRequest]) -> None:
    assert_devices(pod(context, name).devices(container), devices)


@then('the container of Compute "{name:Name}" has {devices:Devices}')
def compute_has(context: Any, name: str, devices: list[DeviceRequest]) -> None:
    report = context.skytorch.view(name).pods.printed()
    for each in devices:
        offered = context.devices.real.plugins[each.profile].devices
        possible: list[Any] = [
            has_entries(variables(each.profile, [(device, WHOLE) for device in some]))
            for some in combinations(offered, each.count)
        ]
        assert_that(report["variables"], any_of(*possible), "the variables")


@then('pod "{name:Name}" has {vendor:Vendor} device {index:d} of node "{node:Name}"')
def pod_has_device(context: Any, name: str, vendor: VendorProfile, index: int, node: str) -> None:
    nodes = context.devices.nodes
    device = nodes.devices_of(node, vendor)[index]
    reported = nodes.reported_devices(pod(context, name))
    assert_that(reported, equal_to({device.id}), "the devices that the node reports for the pod")


@then("pods {names:Names} have the same device")
def have_same_device(context: Any, names: list[str]) -> None:
    devices = [ids_of(pod(context, name).devices()) for name in names]
    assert_that({id for ids in devices for id in ids}, has_length(1), "the devices")
    assert_that([len(ids) for ids in devices], equal_to([1] * len(names)), "the devices of each")


@then("pods {names:Names} have no device in common")
def have_different_devices(context: Any, names: list[str]) -> None:
    assert_disjoint([pod(context, name).devices() for name in names])


@then('the containers of pod "{name:Name}" have no device in common')
def containers_have_different_devices(context: Any, name: str) -> None:
    found = pod(context, name)
    assert_disjoint([found.devices(container) for container in found.containers()])


@then('the devices of pod "{name:Name}" are on {count:NumaNodes}')
def on_numa_nodes(context: Any, name: str, count: int) -> None:
    held = pod(context, name).devices()
    assert_that({each.device.numa for each in held}, has_length(count), "the NUMA nodes")


def assert_devices(held: list[HeldDevice], expected: list[DeviceRequest]) -> None:
    """Check that a pod has exactly the expected devices, each once, with the expected shares."""
    assert_that(held, has_length(sum(each.count for each in expected)), "all devices")
    for each in expected:
        own = [one for one in held if one.profile == each.profile]
        title = f"the {each.profile.title} devices"
        assert_that({one.device.id for one in own}, has_length(each.count), title)
        if each.memory is not None:
            memory = [one.memory for one in own]
            assert_that(memory, equal_to([each.memory] * each.count), f"MiB of {title}")
        if each.cores is not None:
            cores = [one.cores for one in own]
            assert_that(cores, equal_to([each.cores] * each.count), f"% of {title}")


def assert_disjoint(held: list[list[HeldDevice]]) -> None:
    """Check that every list has devices, and that no device is in two lists."""
    devices = [ids_of(each) for each in held]
    for each in devices:
        assert_that(len(each), greater_than(0), "the number of devices")
    together = [id for ids in devices for id in ids]
    assert_that(sorted(together), equal_to(sorted(set(together))), "all devices")


def ids_of(held: list[HeldDevice]) -> list[str]:
    return [each.device.id for each in held]

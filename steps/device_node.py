"""Steps about nodes that have devices, and about the device plugins that offer them."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that, empty, equal_to, has_length, is_in

from maidenhair.systems.devices.device_request import DeviceRequest, parse_devices
from maidenhair.systems.devices.pods.many import copies_of
from maidenhair.systems.devices.real.node_label import device_annotations
from maidenhair.systems.devices.simulated.known_nodes import wait_until_known
from maidenhair.systems.devices.simulated.maintenance import cordon, drain
from maidenhair.systems.devices.simulated.sharing import offer_none, withdraw_devices
from maidenhair.systems.devices.vendor_profile import VendorProfile


@given("simulated nodes whose devices HAMi shares")
def simulate_shared_nodes(context: Any) -> None:
    context.devices.simulate_nodes(shared=True)


@given("simulated nodes whose devices are not shared")
def simulate_whole_nodes(context: Any) -> None:
    context.devices.simulate_nodes(shared=False)


@given("nodes whose devices HAMi shares")
def share_devices(context: Any) -> None:
    context.devices.real.shared = True


@given('a node "{node:Name}" with {devices:Devices}')
def add_node(context: Any, node: str, devices: list[DeviceRequest]) -> None:
    """A table may have the label "gpu" with an empty cell: the node then lacks the label."""
    counts = {each.profile: each.count for each in devices}
    if context.table:
        assert_that(labelled(context), equal_to(False), f"whether the new node {node} is labelled")
        context.devices.real.add_unlabelled(node, counts)
    else:
        context.devices.nodes.add(node, counts)


@given("these nodes")
def add_nodes(context: Any) -> None:
    """The columns are "node" and "devices", and optionally "copies", "model", "mode", "annotation" and "value"."""
    for row in context.table:
        counts = {each.profile: each.count for each in parse_devices(row["devices"])}
        names = copies_of(row["node"], row.get("copies"))
        changes = {"mode": row["mode"]} if row.get("mode") else {}
        context.devices.fleet.add_all(dict.fromkeys(names, counts), row.get("model"), **changes)
        for name in names if row.get("annotation") else ():
            context.devices.fleet.annotate(name, {row["annotation"]: row["value"]})
    wait_until_known(context.spec.kube, context.spec.namespace, context.devices.fleet)


@when('the labels of node "{node:Name}" are changed')
def change_labels(context: Any, node: str) -> None:
    """The table has the label "gpu", with "on" or an empty cell; an empty cell removes the label."""
    context.devices.real.label(node, labelled=labelled(context))


@when('node "{node:Name}" is cordoned')
def cordon_node(context: Any, node: str) -> None:
    cordon(context.spec.kube, context.devices.fleet, node)


@when('node "{node:Name}" is drained')
def drain_node(context: Any, node: str) -> None:
    drain(context.spec.kubectl, context.devices.fleet, node)


@when('node "{node:Name}" is deleted')
def delete_node(context: Any, node: str) -> None:
    context.devices.fleet.remove(node)


@when('the kubelet of node "{node:Name}" restarts')
def restart_kubelet(context: Any, node: str) -> None:
    context.devices.real.restart_kubelet(node, context.spec.provider)


@then('node "{node:Name}" offers {count:d} of {capacity:d} {vendor:Vendor} devices')
def node_offers(context: Any, node: str, count: int, capacity: int, vendor: VendorProfile) -> None:
    context.devices.real.plugin(node, vendor).wait_for(count, capacity)


@then('the annotations of node "{node:Name}" list {devices:Devices}')
def annotations_list(context: Any, node: str, devices: list[DeviceRequest]) -> None:
    real = context.devices.real
    if not devices:
        annotations = device_annotations(context.spec.kube, real.full_name_of(node))
        assert_that(annotations, empty(), "annotations about devices")
    for each in devices:
        plugin = real.plugin(node, each.profile)
        listed = plugin.wait_until_registered()
        assert_that(listed, has_length(each.count))
        ids = [device.id for device in plugin.devices]
        assert_that([device["id"] for device in listed], equal_to(ids), "the devices")


@when('the {vendor:Vendor} plugin of node "{node:Name}" crashes')
def plugin_crashes(context: Any, vendor: VendorProfile, node: str) -> None:
    context.devices.real.plugin(node, vendor).crash()


@when('the {vendor:Vendor} plugin of node "{node:Name}" is removed')
def remove_plugin(context: Any, vendor: VendorProfile, node: str) -> None:
    context.devices.nodes.remove_plugin(node, vendor)


@then('the {vendor:Vendor} plugin does not run on node "{node:Name}"')
def plugin_does_not_run(context: Any, vendor: VendorProfile, node: str) -> None:
    assert_that(context.devices.real.plugin(node, vendor).plugin_pods(0), empty(), "its pods")


@given('kubelet offers no devices of node "{node:Name}"')
def offer_no_devices(context: Any, node: str) -> None:
    offer_none(context.spec.kube, context.devices.fleet, node)


@given('the annotations of node "{node:Name}" list no devices')
def list_no_devices(context: Any, node: str) -> None:
    withdraw_devices(context.spec.kube, context.devices.fleet, node)


@given('the device plugins of node "{node:Name}" do not respond')
def stop_plugins(context: Any, node: str) -> None:
    context.devices.fleet.stop_plugins(node)


@when('the device plugins of node "{node:Name}" respond again')
def start_plugins(context: Any, node: str) -> None:
    context.devices.fleet.start_plugins(node)


def labelled(context: Any) -> bool:
    """Read the table of the label that device plugins need: whether a node has it."""
    [(label, value)] = context.table
    assert_that(label, equal_to("gpu"), "the label")
    assert_that(value, is_in(("on", "")), "the value of the label")
    return bool(value)

"""Steps about the devices that a node offers, and about the plugin that offers them."""

from __future__ import annotations

import re
from typing import Any

from behave import given, register_type, then, when
from hamcrest import assert_that, equal_to, has_entries, has_length
from parse import with_pattern

from maidenhair._util.progress import Progress
from maidenhair.clusters.registry import provider_for
from maidenhair.config import load_settings
from maidenhair.systems.devices import vendor, vendor_profiles
from maidenhair.systems.devices.quota import limit
from maidenhair.systems.devices.real.device_plugin import Simulation
from maidenhair.systems.devices.real.node_label import device_annotations, label_node
from maidenhair.systems.devices.real.plugin_state import PluginState
from maidenhair.systems.devices.vendor_profile import VendorProfile

TITLES = sorted((each.title for each in vendor_profiles().values()), key=len, reverse=True)


@with_pattern("|".join(map(re.escape, TITLES)))
def parse_vendor(text: str) -> VendorProfile:
    """Read the name of a vendor."""
    return vendor(text)


register_type(Vendor=parse_vendor)


Asked = list[tuple[int, VendorProfile]]
_ONE = rf"\d+ (?:{'|'.join(map(re.escape, TITLES))}) devices?"


@with_pattern(rf"{_ONE}(?: and {_ONE})*")
def parse_devices(text: str) -> Asked:
    """Read what is asked for, such as "2 NVIDIA devices and 1 AMD device"."""
    found = re.findall(rf"(\d+) ({'|'.join(map(re.escape, TITLES))}) devices?", text)
    return [(int(count), vendor(title)) for count, title in found]


register_type(Devices=parse_devices)


@given("a node with {asked:Devices}")
def node_with_devices(context: Any, asked: Asked) -> None:
    for count, profile in asked:
        offer(context, profile, PluginState(count))


@given("a node with {asked:Devices} that are shared")
def node_with_shared_devices(context: Any, asked: Asked) -> None:
    for count, profile in asked:
        offer(context, profile, PluginState(count, sharing=True))


@given("a node with {profile:Vendor} devices")
def node_with_usual_devices(context: Any, profile: VendorProfile) -> None:
    offer(context, profile, PluginState(profile.count))


@given("a node without the label of nodes with devices, and the plugin of {profile:Vendor}")
def unlabelled_node(context: Any, profile: VendorProfile) -> None:
    simulation = simulate(context, profile, PluginState(profile.count))
    spec = context.spec
    label_node(spec.kube, simulation.node, labelled=False)
    spec.cleanups.add("label the node as before", lambda: label_node(spec.kube, simulation.node))
    spec.cleanups.add(f"remove the {profile.title} devices", simulation.remove)
    simulation.deploy(labelled=False)


@given("a quota of {asked:Devices} for the namespace")
def quota(context: Any, asked: Asked) -> None:
    hard = {f"requests.{profile.resource}": str(count) for count, profile in asked}
    limit(context.spec.kube, context.spec.inventory, hard)


@given("containers of the namespace get {asked:Devices} unless they say otherwise")
def default_devices(context: Any, asked: Asked) -> None:
    limit_containers(context, "default", asked)


@given("no container of the namespace may have more than {asked:Devices}")
def most_devices(context: Any, asked: Asked) -> None:
    limit_containers(context, "max", asked)


@when("the node is given the label of nodes with devices")
def give_label(context: Any) -> None:
    for simulation in context.simulations.values():
        label_node(context.spec.kube, simulation.node)


@when("the label of nodes with devices is taken from the node")
def take_label(context: Any) -> None:
    for simulation in context.simulations.values():
        label_node(context.spec.kube, simulation.node, labelled=False)


@when("{profile:Vendor} device {index:d} of the node breaks")
def device_breaks(context: Any, profile: VendorProfile, index: int) -> None:
    context.simulations[profile.name].change(unhealthy=(index,))


@when("{profile:Vendor} device {index:d} of the node works again")
def device_works_again(context: Any, profile: VendorProfile, index: int) -> None:
    assert_that(context.simulations[profile.name].state.unhealthy, equal_to((index,)))
    context.simulations[profile.name].change(unhealthy=())


@when("{count:d} more {profile:Vendor} devices are put into the node")
def put_devices(context: Any, count: int, profile: VendorProfile) -> None:
    simulation = context.simulations[profile.name]
    simulation.change(count=simulation.state.count + count)


@when("{count:d} {profile:Vendor} devices are taken out of the node")
def take_devices(context: Any, count: int, profile: VendorProfile) -> None:
    simulation = context.simulations[profile.name]
    simulation.change(count=simulation.state.count - count)


@when("the plugin of {profile:Vendor} crashes, and is there again")
def plugin_crashes(context: Any, profile: VendorProfile) -> None:
    context.simulations[profile.name].crash()


@when("the plugin of {profile:Vendor} is removed")
def remove_plugin(context: Any, profile: VendorProfile) -> None:
    context.simulations[profile.name].remove()


@when("kubelet of the node is restarted")
def restart_kubelet(context: Any) -> None:
    provider: Any = provider_for(load_settings(), Progress())
    [simulation] = context.simulations.values()
    before = simulation.tellings()
    provider.restart(simulation.node, "kubelet")
    simulation.wait_until_told(before)


@then("the node has {count:d} {profile:Vendor} devices to give, of {capacity:d}")
def node_offers(context: Any, count: int, profile: VendorProfile, capacity: int) -> None:
    context.simulations[profile.name].wait_for(count, capacity)


@then("the plugin of {profile:Vendor} has no pods")
def plugin_has_no_pods(context: Any, profile: VendorProfile) -> None:
    assert_that(context.simulations[profile.name].plugin_pods(0), has_length(0))


@then("no annotation of the node tells of devices")
def no_annotations(context: Any) -> None:
    for simulation in context.simulations.values():
        assert_that(device_annotations(context.spec.kube, simulation.node), equal_to({}))


@then("annotations of the node tell of {asked:Devices}")
def annotations_tell(context: Any, asked: Asked) -> None:
    for count, profile in asked:
        simulation = context.simulations[profile.name]
        devices = simulation.wait_until_registered()
        assert_that(devices, has_length(count))
        assert_that(
            [each["id"] for each in devices], equal_to([each.id for each in simulation.devices])
        )


@then('the node tells that "{name}" has {profile:Vendor} device {index:d}')
def node_tells_holder(context: Any, name: str, profile: VendorProfile, index: int) -> None:
    simulation = context.simulations[profile.name]
    device = simulation.devices[index].id
    assert_that(simulation.holders(context.spec.kubectl), has_entries({device: name}))


def limit_containers(context: Any, what: str, asked: Asked) -> None:
    """Make a LimitRange that says "default" or "max" of the devices of containers."""
    amounts = {profile.resource: str(count) for count, profile in asked}
    item = {"type": "Container", what: amounts}
    metadata = {"name": "devices"}
    limits = {"apiVersion": "v1", "kind": "LimitRange", "metadata": metadata}
    context.spec.inventory.apply({**limits, "spec": {"limits": [item]}})


def simulate(context: Any, profile: VendorProfile, state: PluginState) -> Simulation:
    """Return devices that are not offered yet, from now on among `context.simulations`."""
    spec = context.spec
    images = spec.session.device_images
    simulation = Simulation(spec.kube, spec.inventory, spec.namespace, profile, images, state)
    if "simulations" not in context:
        context.simulations = {}
    context.simulations[profile.name] = simulation
    return simulation


def offer(context: Any, profile: VendorProfile, state: PluginState) -> None:
    """Offer devices on a node until the spec ends."""
    simulation = simulate(context, profile, state)
    context.spec.cleanups.enter(f"remove the {profile.title} devices", simulation)

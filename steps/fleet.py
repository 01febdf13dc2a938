"""Steps about simulated nodes: the API has them, with devices, and no machine."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from behave import given, when

from maidenhair.systems.devices import vendor


@given("simulated nodes whose devices are not shared")
def simulate_whole_devices(context: Any) -> None:
    context.devices.simulate_whole_devices()


@given('a simulated node "{name}" with {count:d} "{title}" devices')
def simulated_node(context: Any, name: str, count: int, title: str) -> None:
    context.devices.fleet.add(name, {vendor(title): count})


@given("these simulated nodes")
def simulated_nodes(context: Any) -> None:
    models: dict[str, str | None] = {}
    devices: dict[str, Any] = defaultdict(dict)
    for row in context.table:
        devices[row["node"]][vendor(row["vendor"])] = int(row["devices"])
        models[row["node"]] = row.get("model")
    for name, own in devices.items():
        context.devices.fleet.add(name, own, models[name])


@given("{count:d} simulated nodes for each of these vendors, with {devices:d} devices each")
def simulated_nodes_of_vendors(context: Any, count: int, devices: int) -> None:
    nodes = {}
    for row in context.table:
        profile = vendor(row["vendor"])
        for number in range(count):
            nodes[f"{profile.name}-{number}"] = {profile: devices}
    context.devices.fleet.add_all(nodes)


@when('the simulated node "{name}" is cordoned')
def cordon(context: Any, name: str) -> None:
    context.devices.fleet.cordon(name)


@when('the simulated node "{name}" is drained')
def drain(context: Any, name: str) -> None:
    context.devices.fleet.drain(name, context.spec.kubectl)


@when('the simulated node "{name}" is taken away')
def take_away(context: Any, name: str) -> None:
    context.devices.fleet.remove(name)


@when('device {index:d} of "{name}" breaks')
def device_breaks(context: Any, index: int, name: str) -> None:
    context.devices.fleet.set_health(name, index, healthy=False)


@when('device {index:d} of "{name}" works again')
def device_works(context: Any, index: int, name: str) -> None:
    context.devices.fleet.set_health(name, index, healthy=True)

"""Steps about pods that ask for devices, and what they see of those that they are given."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from behave import given, then, when
from hamcrest import (
    any_of,
    assert_that,
    contains_string,
    equal_to,
    has_entries,
    has_items,
    has_length,
    instance_of,
    is_in,
)

from maidenhair.errors import ApiRefused
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.devices.real.container_view import WHOLE, Limits, paths, variables
from maidenhair.systems.devices.real.device_pods import Container, DevicePod, device_pod
from maidenhair.systems.devices.vendor_profile import VendorProfile
from steps.device import Asked

KINDS = {"init container": "init", "sidecar": "sidecar", "container": "container"}


@given('a pod "{name}" that runs with {asked:Devices}')
def pod_runs_with(context: Any, name: str, asked: Asked) -> None:
    submit(context, name, [Container(limits(asked))])
    pod(context, name).wait_until_running()


@when('a pod "{name}" asks for {asked:Devices}')
def pod_asks(context: Any, name: str, asked: Asked) -> None:
    submit(context, name, [Container(limits(asked))])


@when('a pod "{name}" asks for no device')
def pod_asks_for_none(context: Any, name: str) -> None:
    submit(context, name, [Container()])


@when('a pod "{name}" of these containers asks for {profile:Vendor} devices')
def pod_of_containers(context: Any, name: str, profile: VendorProfile) -> None:
    containers = [
        Container(
            {profile.resource: row["devices"]}, name=row["container"], kind=KINDS[row["kind"]]
        )
        for row in context.table
    ]
    submit(context, name, containers)


@when('a pod "{name}" tries to get {asked:Devices}')
def pod_tries(context: Any, name: str, asked: Asked) -> None:
    try_to_submit(context, name, Container(limits(asked)))


@when('a pod "{name}" says of a resource')
def pod_says(context: Any, name: str) -> None:
    limited = {row["resource"]: row["limit"] for row in context.table if row["limit"]}
    requested = {row["resource"]: row["request"] for row in context.table if row["request"]}
    try_to_submit(context, name, Container(limited, requested))


@when('somebody ends the pod "{name}"')
def end_pod(context: Any, name: str) -> None:
    pod(context, name).delete()


@given('a pod "{name}" that ended after it had {asked:Devices}')
def pod_ended(context: Any, name: str, asked: Asked) -> None:
    submit(context, name, [Container(limits(asked), ends=True)])
    pod(context, name).wait_until_ended()


@then('the API forbids it with "{message}"')
def api_forbids(context: Any, message: str) -> None:
    refusal: Any = outcome_of(context).error
    assert_that(refusal, instance_of(ApiRefused), "the API's refusal")
    assert_that(refusal.status, equal_to(403), "the status of the refusal")
    assert_that(refusal.message, contains_string(message))


@then('the container of "{name}" sees {count:d} device of {profile:Vendor}')
def compute_sees(context: Any, name: str, count: int, profile: VendorProfile) -> None:
    told = context.skytorch.view(name).pods.told()
    devices = context.simulations[profile.name].devices
    possible: list[Any] = [
        has_entries(variables(profile, [(device, WHOLE) for device in some]))
        for some in combinations(devices, count)
    ]
    assert_that(told["variables"], any_of(*possible))


@then('the pod "{name}" comes to run')
def comes_to_run(context: Any, name: str) -> None:
    pod(context, name).wait_until_running()


@then('the pod "{name}" still runs, and was never started again')
def still_runs(context: Any, name: str) -> None:
    found = pod(context, name).wait_until_running()
    restarts = [each["restartCount"] for each in found["status"]["containerStatuses"]]
    assert_that(set(restarts), equal_to({0}))


@then('the pod "{name}" waits, for there is too little "{resource}"')
def waits_for_resource(context: Any, name: str, resource: str) -> None:
    pod(context, name).wait_until_unschedulable(contains_string(f"Insufficient {resource}"))


@then('the pod "{name}" sees {asked:Devices}, and the tools show just these')
def sees_devices(context: Any, name: str, asked: Asked) -> None:
    assert_sees(context, name, "main", asked)


@then('container "{container}" of the pod "{name}" sees {asked:Devices}')
def container_sees_devices(context: Any, container: str, name: str, asked: Asked) -> None:
    assert_sees(context, name, container, asked)


@then('the pod "{name}" sees no device')
def sees_none(context: Any, name: str) -> None:
    told = pod(context, name).told()
    assert_that(told.files, has_length(0))
    assert_that(told.devices, has_length(0))


@then('no two of the pods "{names}" see the same device')
def see_different(context: Any, names: str) -> None:
    seen = [id for name in names.split('", "') for id in pod(context, name).told().ids()]
    assert_that(sorted(seen), equal_to(sorted(set(seen))))


@then('no two containers of the pod "{name}" see the same device')
def containers_see_different(context: Any, name: str) -> None:
    each = pod(context, name)
    seen = [id for container in each.containers() for id in each.told(container).ids()]
    assert_that(sorted(seen), equal_to(sorted(set(seen))))


@then('the devices of the pod "{name}" are of one NUMA node')
def of_one_numa_node(context: Any, name: str) -> None:
    told = pod(context, name).told()
    assert_that({each["numa"] for each in told.devices}, has_length(1))


def assert_sees(context: Any, name: str, container: str, asked: Asked) -> None:
    """Check that variables, files and tools tell of as many devices of each vendor, and of no others."""
    told = pod(context, name).told(container)
    for count, profile in asked:
        offered = context.simulations[profile.name].devices
        ids = told.ids(profile.tool)
        assert_that(ids, has_length(count), f"the {profile.title} devices")
        for id in ids:
            assert_that(id, is_in([device.id for device in offered]))
        rows = [row.split()[1] for row in told.shown_by(profile.tool)]
        assert_that(rows, equal_to(ids), f"what {profile.tool} shows")
        devices = [device for device in offered if device.id in ids]
        wanted = variables(profile, [(device, WHOLE) for device in devices])
        assert_that(told.variables, has_entries(wanted), "the variables")
        files = [path for device in devices for path in paths(profile, device)]
        assert_that(told.files, has_items(*files), "the files")
    assert_that(told.devices, has_length(sum(count for count, _ in asked)), "all devices")


@when('a pod "{name}" asks HAMi for')
def pod_asks_hami(context: Any, name: str) -> None:
    asks = {row["resource"]: row["amount"] for row in context.table}
    submit(context, name, [Container(asks)], shared=True)


@then(
    'the pod "{name}" may use {memory:d} MiB and {cores:d} percent of {count:d} {profile:Vendor} device'
)
def sees_share(
    context: Any, name: str, memory: int, cores: int, count: int, profile: VendorProfile
) -> None:
    told = pod(context, name).told()
    offered = {device.id: device for device in context.simulations[profile.name].devices}
    ids = told.ids(profile.tool)
    assert_that(ids, has_length(count), f"the {profile.title} devices")
    limits = Limits(memory, cores)
    wanted = variables(profile, [(offered[id], limits) for id in ids])
    assert_that(told.variables, has_entries(wanted), "the variables")
    shown = [row.split()[3:5] for row in told.shown_by(profile.tool)]
    assert_that(shown, equal_to([[f"{memory}m", f"{cores}%"]] * count), "what the tool shows")


def limits(asked: Asked) -> dict[str, int]:
    """Return the limits of a container that asks for so many devices."""
    return {profile.resource: count for count, profile in asked}


def pod(context: Any, name: str) -> DevicePod:
    """Return the pod of a name."""
    return DevicePod(context.spec.kube, context.spec.namespace, name)


def try_to_submit(context: Any, name: str, container: Container) -> None:
    """Make a pod of one container, which the API may refuse."""
    context.outcome = attempt(lambda: submit(context, name, [container]), ApiRefused)


def submit(context: Any, name: str, containers: list[Container], shared: bool = False) -> None:
    """Make a pod that shows its devices with the tools of all vendors that the spec has devices of."""
    spec = context.spec
    simulations = context.simulations.values() if "simulations" in context else ()
    tools = sorted({simulation.profile.tool for simulation in simulations})
    image = context.devices.images["device-query"]
    spec.inventory.apply(device_pod(name, image, containers, tools, shared=shared))

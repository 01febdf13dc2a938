"""Steps about many pods at once, in tables with a row for each pod."""

from __future__ import annotations

from functools import partial
from typing import Any

from behave import given, then, when
from hamcrest import assert_that, contains_string, empty, equal_to

from maidenhair.steps.refusals import attempt_to_create, check_accepted, refusal_of
from maidenhair.systems.devices.concurrent import do_each
from maidenhair.systems.devices.device_request import limits_of, parse_devices
from maidenhair.systems.devices.pod_request import Container, PodRequest
from maidenhair.systems.devices.pods.many import copies_of, create_all, wait_until_all_run
from maidenhair.systems.devices.pods.pod_settings import DEVICE, resolve
from steps.held_device import assert_devices, ids_of


@given("these pods are Running")
def running_pods(context: Any) -> None:
    """The table is that of "these pods are created"."""
    create_pods(context)
    wait_for_all(context, list(context.requested))


@when("these pods are created")
def create_pods(context: Any) -> None:
    """The columns are "pod", "requests" and, if needed, "copies", and an "annotation" with its "value"."""
    spec, nodes = context.spec, context.devices.nodes
    requests = {}
    context.requested = {}
    for row in context.table:
        devices = parse_devices(row["requests"])
        annotations = {}
        if row.get("annotation"):
            annotations[row["annotation"]] = resolve(row["value"], nodes)
        for name in copies_of(row["pod"], row.get("copies")):
            context.requested[name] = devices
            requests[name] = PodRequest([Container(limits_of(devices))], annotations)
    for name, refusal in create_all(spec.kube, spec.namespace, nodes, requests).items():
        attempt_to_create(context, "Pod", name, partial(fail_with, refusal))


@when("these pods are deleted")
def delete_pods(context: Any) -> None:
    do_each(lambda name: context.devices.pod(name).delete(), [row["pod"] for row in context.table])


@then("these pods are Running")
def are_running(context: Any) -> None:
    """The columns are "pod" and "devices": numbers of devices, or one device of a node."""
    wait_for_all(context, [row["pod"] for row in context.table])
    faults = {row["pod"]: fault for row in context.table if (fault := fault_of(context, row))}
    assert_that(faults, empty(), "the pods with other devices")


@then("these pods stay Pending")
def stay_pending(context: Any) -> None:
    """The columns are "pod" and "reason"."""
    rows = [(row["pod"], row["reason"]) for row in context.table]
    for name, _ in rows:
        check_accepted(context, "Pod", name)
    do_each(lambda row: context.devices.pod(row[0]).wait_until_pending(row[1]), rows)


@then("the API refuses these pods")
def are_refused(context: Any) -> None:
    """The columns are "pod" and "message"."""
    for row in context.table:
        refusal = refusal_of(context, "Pod", row["pod"])
        text = f"the refusal of pod {row['pod']}"
        assert_that(str(refusal or "none"), contains_string(row["message"]), text)


@then("every pod is Running on a node that has the devices it requests")
def all_are_running(context: Any) -> None:
    fleet = context.devices.fleet
    found = wait_for_all(context, list(context.requested))
    vendors = {name: set(fleet.nodes[node].devices) for name, node in found.items()}
    wanted = {
        name: {each.profile for each in devices} for name, devices in context.requested.items()
    }
    assert_that(vendors, equal_to(wanted), "the vendors of the nodes of the pods")


def wait_for_all(context: Any, names: list[str]) -> dict[str, str | None]:
    """Wait until all of these pods are Running; return the name of each pod's node in the spec."""
    spec = context.spec
    for name in names:
        check_accepted(context, "Pod", name)
    return wait_until_all_run(spec.kube, spec.namespace, context.devices.nodes, names)


def fault_of(context: Any, row: Any) -> str | None:
    """Return how a running pod's devices differ from those of its row; None if they do not."""
    held = context.devices.pod(row["pod"]).devices()
    expected = row["devices"]
    try:
        if DEVICE.fullmatch(expected):
            assert_that(ids_of(held), equal_to([resolve(expected, context.devices.nodes)]))
        else:
            assert_devices(held, parse_devices(expected))
    except AssertionError as error:
        return str(error)
    return None


def fail_with(error: Exception) -> None:
    raise error

"""Steps about pods that ask for devices."""

from __future__ import annotations

from typing import Any

from behave import given, then
from hamcrest import assert_that, equal_to, has_length

from maidenhair.devices.pods import Container, DevicePod, device_pod
from maidenhair.devices.profile import VendorProfile


@given('a pod "{name}" with {count:d} {profile:Vendor} device')
@given('a pod "{name}" with {count:d} {profile:Vendor} devices')
def pod_with(context: Any, name: str, count: int, profile: VendorProfile) -> None:
    submit(context, name, [Container({profile.resource: count})], [profile.tool])
    pod(context, name).wait_until_running()


@then('"{name}" sees {count:d} {profile:Vendor} devices, and its tool shows them')
def sees_devices(context: Any, name: str, count: int, profile: VendorProfile) -> None:
    told = pod(context, name).told()
    assert_that(told.devices, has_length(count))
    assert_that([row.split()[1] for row in told.shown_by(profile.tool)], equal_to(told.ids()))


def pod(context: Any, name: str) -> DevicePod:
    """Return the pod of a name."""
    return DevicePod(context.spec.kube, context.spec.namespace, name)


def submit(context: Any, name: str, containers: list[Container], tools: list[str]) -> None:
    spec = context.spec
    image = spec.session.device_images["device-query"]
    spec.inventory.apply(device_pod(name, image, containers, tools))

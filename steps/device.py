"""Steps about devices of nodes: they break, work again, are cordoned, added and removed."""

from __future__ import annotations

import re
from typing import Any

from behave import register_type, when
from parse import with_pattern

import maidenhair.steps  # noqa: F401
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.device_request import (
    PATTERN,
    TITLES,
    DeviceRequest,
    parse_devices,
)
from maidenhair.systems.devices.simulated.maintenance import cordon_device
from maidenhair.systems.devices.vendor_profile import VendorProfile


@with_pattern(r'"[^"]+"(?:(?:, | and )"[^"]+")+')
def parse_names(text: str) -> list[str]:
    """Read several names."""
    return re.findall(r'"([^"]+)"', text)


@with_pattern(TITLES)
def parse_vendor(text: str) -> VendorProfile:
    """Read the name of a vendor."""
    return vendor(text)


@with_pattern(PATTERN)
def parse_requested(text: str) -> list[DeviceRequest]:
    """Read numbers of devices, such as "2 NVIDIA devices and 1 AMD device" or "no devices"."""
    return parse_devices(text)


register_type(Names=parse_names, Vendor=parse_vendor, Devices=parse_requested)


@when('{vendor:Vendor} device {index:d} of node "{node:Name}" breaks')
def device_breaks(context: Any, vendor: VendorProfile, index: int, node: str) -> None:
    context.devices.nodes.set_health(node, vendor, index, healthy=False)


@when('{vendor:Vendor} device {index:d} of node "{node:Name}" works again')
def device_works_again(context: Any, vendor: VendorProfile, index: int, node: str) -> None:
    context.devices.nodes.set_health(node, vendor, index, healthy=True)


@when('{vendor:Vendor} device {index:d} of node "{node:Name}" is cordoned')
def device_is_cordoned(context: Any, vendor: VendorProfile, index: int, node: str) -> None:
    cordon_device(context.spec.kube, context.devices.fleet, node, vendor, index)


@when('node "{node:Name}" changes to {devices:Devices}')
def change_devices(context: Any, node: str, devices: list[DeviceRequest]) -> None:
    for each in devices:
        context.devices.real.plugin(node, each.profile).change(count=each.count)

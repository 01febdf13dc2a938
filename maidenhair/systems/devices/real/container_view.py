"""The environment variables and files that a container gets with its devices."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maidenhair.systems.devices.vendor_profile import Device, VendorProfile


@dataclass(frozen=True)
class Limits:
    """The limits of a container's share of a device.

    Attributes:
        memory: the memory in MiB; None for all memory.
        cores: the compute units in percent of the device; 0 for all compute units.
    """

    memory: int | None = None
    cores: int = 0


WHOLE = Limits()


def variables(profile: VendorProfile, allocated: Sequence[tuple[Device, Limits]]) -> dict[str, str]:
    """Return the environment variables of a container. Variables of limits that are not set are omitted.

    Args:
        profile: the vendor, whose `environment` names the variables.
        allocated: the container's devices, each with its limits.
    """
    ids = ",".join(device.id for device, _ in allocated)
    indices = ",".join(str(device.index) for device, _ in allocated)
    found = {}
    for name, value in profile.environment.items():
        each_device = enumerate(allocated) if "{i}" in name else enumerate(allocated[:1])
        for position, (_, limits) in each_device:
            if "{memory}" in value and not limits.memory:
                continue
            if "{cores}" in value and not limits.cores:
                continue
            fields = {
                "ids": ids,
                "indices": indices,
                "memory": limits.memory,
                "cores": limits.cores,
            }
            found[name.format(i=position)] = value.format(**fields)
    return found


def paths(profile: VendorProfile, device: Device) -> list[str]:
    """Return the paths of a device's files in containers."""
    return [path.format(index=device.index) for path in profile.files]


def content(profile: VendorProfile, device: Device) -> str:
    """Return the content of a device's file: the device as JSON, with the names of the variables of its limits."""
    return json.dumps(
        {
            "vendor": profile.title,
            "tool": profile.tool,
            "id": device.id,
            "index": device.index,
            "model": device.model,
            "memory": device.memory,
            "cores": device.cores,
            "numa": device.numa,
            "variables": _names_of_variables(profile.environment),
        }
    )


def _names_of_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the names of the variables that contain "ids", "indices", "memory" and "cores"."""
    fields = ("ids", "indices", "memory", "cores")
    return {
        field: name
        for field in fields
        for name, value in environment.items()
        if f"{{{field}}}" in value
    }

"""What containers are given with devices: variables, and files that stand for the devices' own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maidenhair.systems.devices.vendor_profile import Device, VendorProfile


@dataclass(frozen=True)
class Limits:
    """What a container may use of a device: memory in MiB, and compute units in percent; None and 0 mean all."""

    memory: int | None = None
    cores: int = 0


WHOLE = Limits()


def variables(profile: VendorProfile, given: Sequence[tuple[Device, Limits]]) -> dict[str, str]:
    """Return the variables of a container, as the profile has them; those of limits that are not set are left out.

    Args:
        profile: the vendor.
        given: the devices, with what the container may use of each.
    """
    ids = ",".join(device.id for device, _ in given)
    indices = ",".join(str(device.index) for device, _ in given)
    found = {}
    for name, value in profile.environment.items():
        each_device = enumerate(given) if "{i}" in name else enumerate(given[:1])
        for place, (_, limits) in each_device:
            if "{memory}" in value and not limits.memory:
                continue
            if "{cores}" in value and not limits.cores:
                continue
            words = {"ids": ids, "indices": indices, "memory": limits.memory, "cores": limits.cores}
            found[name.format(i=place)] = value.format(**words)
    return found


def paths(profile: VendorProfile, device: Device) -> list[str]:
    """Return where in containers the files of a device lie."""
    return [path.format(index=device.index) for path in profile.files]


def content(profile: VendorProfile, device: Device) -> str:
    """Return what a file of a device says: what the vendor's tool shows, and which variables tell the limits."""
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
            "variables": _told_by(profile.environment),
        }
    )


def _told_by(environment: Mapping[str, str]) -> dict[str, str]:
    """Return for "ids", "indices", "memory" and "cores" the name of the variable that tells it."""
    words = ("ids", "indices", "memory", "cores")
    return {
        word: name
        for word in words
        for name, value in environment.items()
        if f"{{{word}}}" in value
    }

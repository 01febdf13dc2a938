"""The report of a container on a real node about its devices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hamcrest import assert_that, equal_to, has_entries, has_items, has_length

from maidenhair.systems.devices.device_nodes import HeldDevice
from maidenhair.systems.devices.real.container_view import Limits, paths, variables
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile

QUERY = "device-query"
COMMAND = (QUERY, "--tell")
"""The command of containers that report their devices. The names of vendors' tools follow as arguments."""


@dataclass(frozen=True)
class Report:
    """The devices that a container sees.

    Attributes:
        variables: the environment variables of the container.
        files: the paths of its device files.
        devices: the content of the device files, with the limits: keys id, index, tool, memoryLimit, coresLimit, ….
        shown: the lines that the vendors' tools printed.
    """

    variables: Mapping[str, str]
    files: tuple[str, ...]
    devices: tuple[Mapping[str, Any], ...]
    shown: tuple[str, ...]

    def shown_by(self, tool: str) -> list[str]:
        """Return the rows that a vendor's tool printed, one for each device."""
        rows: list[str] = []
        inside = False
        for line in self.shown:
            if line.endswith("simulated"):
                inside = line.split()[0] == tool
            elif inside and line[:1].isdigit():
                rows.append(line)
        return rows

    def held(self, offered: Mapping[VendorProfile, Iterable[Device]]) -> list[HeldDevice]:
        """Check that files, variables and tools agree about the container's devices, and return the devices.

        Args:
            offered: the devices that the node offers, by vendor.

        Raises:
            AssertionError: they disagree, or show a device that the node does not offer.
        """
        held = [
            each
            for profile, devices in offered.items()
            for each in self._held_of(profile, {device.id: device for device in devices})
        ]
        assert_that(self.devices, has_length(len(held)), "the devices that the container sees")
        assert_that(
            sorted(self.files),
            equal_to(sorted(path for each in held for path in paths(each.profile, each.device))),
            "the files of the container's devices",
        )
        return held

    def _held_of(self, profile: VendorProfile, offered: Mapping[str, Device]) -> list[HeldDevice]:
        seen = [each for each in self.devices if each["tool"] == profile.tool]
        ids = [each["id"] for each in seen]
        assert_that(list(offered), has_items(*ids), "the devices that the node offers")
        held = [
            HeldDevice(
                profile,
                offered[each["id"]],
                int(each["memoryLimit"].removesuffix("m")),
                int(each["coresLimit"]),
            )
            for each in seen
        ]
        rows = [row.split() for row in self.shown_by(profile.tool)]
        expected_rows = [[each.device.id, f"{each.memory}m", f"{each.cores}%"] for each in held]
        # Columns are Index, Id, Model, Memory, Cores and NUMA.
        assert_that(
            [[row[1], row[3], row[4]] for row in rows], equal_to(expected_rows), profile.tool
        )
        expected = variables(profile, [(each.device, _limits(each)) for each in held])
        assert_that(self.variables, has_entries(expected), f"the {profile.title} variables")
        return held


def parse_report(log: str) -> Report:
    """Parse the report of a container.

    Args:
        log: the container's log: the output of the vendors' tools, then one line of JSON.

    Raises:
        ValueError: the log has no line of JSON, or more than one.
    """
    lines = log.splitlines()
    [index] = [number for number, line in enumerate(lines) if line.startswith("{")]
    found = json.loads(lines[index])
    return Report(
        found["variables"], tuple(found["files"]), tuple(found["devices"]), tuple(lines[:index])
    )


def _limits(held: HeldDevice) -> Limits:
    """Return the limits that variables must contain: those that are lower than the device's own values."""
    device = held.device
    return Limits(
        None if held.memory == device.memory else held.memory,
        0 if held.cores == device.cores else held.cores,
    )

"""What a container on a real node reports of its devices, and the devices that follow from it."""

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
"""The command of containers that report their devices. Names of vendors' tools follow."""


@dataclass(frozen=True)
class Report:
    """What a container sees of its devices.

    Attributes:
        variables: its environment variables.
        files: the files that stand for devices.
        devices: the content of the files, with the limits that apply: keys id, index, tool, memoryLimit, coresLimit, ….
        shown: the lines that the vendors' tools printed.
    """

    variables: Mapping[str, str]
    files: tuple[str, ...]
    devices: tuple[Mapping[str, Any], ...]
    shown: tuple[str, ...]

    def shown_by(self, tool: str) -> list[str]:
        """Return the rows that a tool printed, one for each device."""
        rows: list[str] = []
        inside = False
        for line in self.shown:
            if line.endswith("simulated"):
                inside = line.split()[0] == tool
            elif inside and line[:1].isdigit():
                rows.append(line)
        return rows

    def held(self, offered: Mapping[VendorProfile, Iterable[Device]]) -> list[HeldDevice]:
        """Return the container's devices, after a check that files, variables and tools agree on them.

        Args:
            offered: the devices of the node, by vendor.

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
        wanted = [[each.device.id, f"{each.memory}m", f"{each.cores}%"] for each in held]
        # Columns are Index, Id, Model, Memory, Cores and NUMA.
        assert_that([[row[1], row[3], row[4]] for row in rows], equal_to(wanted), profile.tool)
        expected = variables(profile, [(each.device, _limits(each)) for each in held])
        assert_that(self.variables, has_entries(expected), f"the {profile.title} variables")
        return held


def parse_report(log: str) -> Report:
    """Read the report of a container from its log."""
    lines = log.splitlines()
    [place] = [number for number, line in enumerate(lines) if line.startswith("{")]
    found = json.loads(lines[place])
    return Report(
        found["variables"], tuple(found["files"]), tuple(found["devices"]), tuple(lines[:place])
    )


def _limits(held: HeldDevice) -> Limits:
    """Return the limits that variables have to name: those that are below what the device has."""
    device = held.device
    return Limits(
        None if held.memory == device.memory else held.memory,
        0 if held.cores == device.cores else held.cores,
    )

"""Devices as features and tests name them: "2 NVIDIA devices with 3000 MiB each"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maidenhair.errors import ConfigurationError
from maidenhair.systems.devices.vendor_profile import VendorProfile, vendor, vendor_profiles

NO_DEVICES = "no devices"
TITLES = "|".join(
    re.escape(title)
    for title in sorted((each.title for each in vendor_profiles().values()), key=len, reverse=True)
)
"""A pattern of all vendors. Of titles that begin alike the longer one comes first."""
_ONE = (
    rf"(?P<count>\d+) (?P<vendor>{TITLES}) devices?"
    r"(?: with (?P<memory>\d+) MiB(?: each)?)?"
    r"(?: (?:with|and) (?P<cores>\d+) % of (?:its|their) compute units)?"
)
_UNNAMED = re.sub(r"\?P<\w+>", "?:", _ONE)
PATTERN = rf"{NO_DEVICES}|{_UNNAMED}(?: and {_UNNAMED})*"
"""The pattern of texts that `parse_devices` reads."""


@dataclass(frozen=True)
class DeviceRequest:
    """A number of devices of one vendor, and a share of each.

    Attributes:
        profile: the vendor.
        count: the number of devices.
        memory: MiB of each device; None if the request does not limit it.
        cores: percent of each device's compute units; None if the request does not limit it.
    """

    profile: VendorProfile
    count: int
    memory: int | None = None
    cores: int | None = None

    @property
    def limits(self) -> dict[str, str]:
        """The limits of a container that requests the devices, by resource.

        Raises:
            ConfigurationError: pods cannot request a share of that vendor's devices.
        """
        limits = {self.profile.resource: str(self.count)}
        shares = (
            (self.profile.memory_resource, self.memory, "MiB"),
            (self.profile.cores_resource, self.cores, "compute units"),
        )
        for resource, amount, unit in shares:
            if amount is None:
                continue
            if resource is None:
                raise ConfigurationError(
                    f"pods cannot request {unit} of {self.profile.title} devices"
                )
            limits[resource] = str(amount)
        return limits


def parse_devices(text: str) -> list[DeviceRequest]:
    """Read the devices that a text names.

    Args:
        text: "no devices", or numbers of devices joined by "and". Each number may say how many MiB of memory and what
            percentage of the compute units of each device are meant.

    Raises:
        ConfigurationError: the text names no devices.

    Example:
        >>> [request] = parse_devices("2 NVIDIA devices with 3000 MiB each")
        >>> request.limits
        {'nvidia.com/gpu': '2', 'nvidia.com/gpumem': '3000'}
        >>> parse_devices("no devices")
        []
    """
    if not re.fullmatch(PATTERN, text):
        raise ConfigurationError(f"{text!r} names no devices; write '2 NVIDIA devices' or similar")
    return [_request(found) for found in re.finditer(_ONE, text)]


def limits_of(devices: Sequence[DeviceRequest]) -> dict[str, str]:
    """Return the limits of a container that requests devices, by resource."""
    return {key: value for each in devices for key, value in each.limits.items()}


def _request(found: re.Match[str]) -> DeviceRequest:
    memory, cores = found["memory"], found["cores"]
    return DeviceRequest(
        vendor(found["vendor"]),
        int(found["count"]),
        None if memory is None else int(memory),
        None if cores is None else int(cores),
    )

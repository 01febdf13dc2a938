"""Requests for devices, written as in features: "2 NVIDIA devices with 3000 MiB each"."""

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
"""A pattern that matches the title of every vendor. Longer titles come first, because one may begin with another."""
_ONE = (
    rf"(?P<count>\d+) (?P<vendor>{TITLES}) devices?"
    r"(?: with (?:(?P<memory>\d+) MiB(?: each)?|(?P<percentage>\d+) % of (?:its|their) memory))?"
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
        memory: the memory of each device in MiB; None if the request does not limit it.
        cores: the compute units of each device in percent; None if the request does not limit them.
        percentage: the memory of each device in percent; None if the request does not say it so.
    """

    profile: VendorProfile
    count: int
    memory: int | None = None
    cores: int | None = None
    percentage: int | None = None

    @property
    def limits(self) -> dict[str, str]:
        """The resource limits of a container that requests the devices: a quantity for each resource.

        Raises:
            ConfigurationError: the vendor has no resource for memory or compute units.
        """
        shares = {**self._memory_limit, **self._cores_limit}
        sharing = self.profile.sharing
        if sharing is None:
            return {self.profile.resource: str(self.count), **shares}
        if shares and sharing.names_count_or_share:
            return shares
        return {self.profile.resource: str(self.count * sharing.whole), **shares}

    @property
    def _memory_limit(self) -> dict[str, str]:
        if self.percentage is not None:
            if self.profile.percentage_resource is None:
                raise self._impossible("a percentage")
            return {self.profile.percentage_resource: str(self.percentage)}
        if self.memory is None:
            return {}
        resource, sharing = self.profile.memory_resource, self.profile.sharing
        if resource is None:
            raise self._impossible("MiB")
        return {resource: sharing.memory_quantity(self.memory) if sharing else str(self.memory)}

    @property
    def _cores_limit(self) -> dict[str, str]:
        if self.cores is None:
            return {}
        resource, sharing = self.profile.cores_resource, self.profile.sharing
        if resource is None:
            raise self._impossible("compute units")
        return {resource: sharing.cores_quantity(self.cores) if sharing else str(self.cores)}

    def _impossible(self, unit: str) -> ConfigurationError:
        return ConfigurationError(
            f"pods cannot request {unit} of {self.profile.title} devices: the profile "
            f"{self.profile.name}.toml names no resource for it; request whole devices"
        )


def parse_devices(text: str) -> list[DeviceRequest]:
    """Parse a text that names devices.

    Args:
        text: "no devices", or one or more counts of devices, joined by "and". A count may be followed by the memory in
            MiB or in percent, and by the percentage of the compute units, of each device.

    Returns:
        One request for each count.

    Raises:
        ConfigurationError: the text does not match `PATTERN`.

    Example:
        >>> [request] = parse_devices("2 NVIDIA devices with 3000 MiB each")
        >>> request.limits
        {'nvidia.com/gpu': '2', 'nvidia.com/gpumem': '3000'}
        >>> parse_devices("no devices")
        []
    """
    if not re.fullmatch(PATTERN, text):
        raise ConfigurationError(
            f"{text!r} names no devices; write for example '2 NVIDIA devices'. The vendors are "
            + ", ".join(sorted(each.title for each in vendor_profiles().values()))
        )
    return [_request(found) for found in re.finditer(_ONE, text)]


def limits_of(devices: Sequence[DeviceRequest]) -> dict[str, str]:
    """Return the resource limits of a container that makes all of these requests."""
    return {key: value for each in devices for key, value in each.limits.items()}


def _request(found: re.Match[str]) -> DeviceRequest:
    shares = {name: found[name] for name in ("memory", "cores", "percentage")}
    return DeviceRequest(
        vendor(found["vendor"]),
        int(found["count"]),
        **{name: None if text is None else int(text) for name, text in shares.items()},
    )

"""The devices that a simulated device plugin offers. Steps write them to a ConfigMap, which the plugin reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from maidenhair.errors import ConfigurationError, DevicesError
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile, parse_profile

STATE_KEY = "state.json"


@dataclass(frozen=True)
class PluginState:
    """The devices that a plugin offers.

    Attributes:
        count: the number of devices.
        unhealthy: the indices of broken devices.
        sharing: whether HAMi shares the devices. Otherwise containers get whole devices.
        crashes: the number of requested crashes. The plugin exits when it reads a new number.
    """

    count: int
    unhealthy: tuple[int, ...] = ()
    sharing: bool = False
    crashes: int = 0

    def devices(self, profile: VendorProfile, node: str) -> tuple[Device, ...]:
        """Return the devices of a node, each with its health.

        Args:
            profile: the vendor.
            node: the node's name in the cluster.
        """
        return tuple(
            replace(device, healthy=device.index not in self.unhealthy)
            for device in profile.devices(node, self.count)
        )


def to_data(name: str, profile: str, state: PluginState) -> dict[str, str]:
    """Return the data of a plugin's ConfigMap.

    Args:
        name: the vendor's name.
        profile: the text of the vendor's profile.
        state: the devices to offer.
    """
    return {f"{name}.toml": profile, STATE_KEY: json.dumps(asdict(state))}


def from_data(data: Mapping[str, str]) -> tuple[VendorProfile, PluginState]:
    """Parse the data of a plugin's ConfigMap, and return the vendor and the devices to offer.

    Raises:
        DevicesError: a key is missing, or its value is malformed.
    """
    try:
        [name] = [key for key in data if key.endswith(".toml")]
        fields: dict[str, Any] = json.loads(data[STATE_KEY])
        state = PluginState(**{**fields, "unhealthy": tuple(fields.get("unhealthy", ()))})
        return parse_profile(name.removesuffix(".toml"), data[name]), state
    except (KeyError, TypeError, ValueError, ConfigurationError) as error:
        raise DevicesError(
            f"malformed ConfigMap of a device plugin: {type(error).__name__}: {error}; it needs one "
            f"vendor profile VENDOR.toml and {STATE_KEY}"
        ) from error

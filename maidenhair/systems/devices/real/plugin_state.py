"""What a simulated device plugin is to offer: said by steps through a ConfigMap, read by the plugin."""

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
    """What a plugin offers.

    Attributes:
        count: how many devices each node has.
        unhealthy: the indices of those that do not work.
        sharing: whether they are shared as HAMi shares them, or given to containers whole.
        crashes: how often the plugin has been told to crash: one that hears of a higher number dies.
    """

    count: int
    unhealthy: tuple[int, ...] = ()
    sharing: bool = False
    crashes: int = 0

    def devices(self, profile: VendorProfile, node: str) -> tuple[Device, ...]:
        """Return the devices of a node, each with its health."""
        return tuple(
            replace(device, healthy=device.index not in self.unhealthy)
            for device in profile.devices(node, self.count)
        )


def to_data(name: str, profile: str, state: PluginState) -> dict[str, str]:
    """Return the data of the ConfigMap that tells a plugin of a vendor, by the text of its profile, and of a state."""
    return {f"{name}.toml": profile, STATE_KEY: json.dumps(asdict(state))}


def from_data(data: Mapping[str, str]) -> tuple[VendorProfile, PluginState]:
    """Return the vendor and the state that the data of a ConfigMap tell.

    Raises:
        DevicesError: they tell none.
    """
    try:
        [name] = [key for key in data if key.endswith(".toml")]
        told: dict[str, Any] = json.loads(data[STATE_KEY])
        state = PluginState(**{**told, "unhealthy": tuple(told.get("unhealthy", ()))})
        return parse_profile(name.removesuffix(".toml"), data[name]), state
    except (KeyError, TypeError, ValueError, ConfigurationError) as error:
        raise DevicesError(f"this ConfigMap tells no plugin what to offer: {error}") from error

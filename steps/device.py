"""Steps about the devices that nodes offer."""

from __future__ import annotations

import re
from typing import Any

from behave import given, register_type
from parse import with_pattern

from maidenhair.devices import vendor, vendor_profiles
from maidenhair.devices.profile import VendorProfile
from maidenhair.devices.simulation import Simulation
from maidenhair.devices.state import PluginState

TITLES = sorted((each.title for each in vendor_profiles().values()), key=len, reverse=True)


@with_pattern("|".join(map(re.escape, TITLES)))
def parse_vendor(text: str) -> VendorProfile:
    """Read the name of a vendor."""
    return vendor(text)


register_type(Vendor=parse_vendor)


@given("a node with {count:d} {profile:Vendor} devices")
def node_with_devices(context: Any, count: int, profile: VendorProfile) -> None:
    simulate(context, profile, PluginState(count))


def simulate(context: Any, profile: VendorProfile, state: PluginState) -> Simulation:
    """Offer devices on a node until the spec ends, and return them; they are among `context.simulations` then."""
    spec = context.spec
    simulation = Simulation(
        spec.kube, spec.inventory, spec.namespace, profile, spec.session.device_images, state
    )
    if "simulations" not in context:
        context.simulations = {}
    context.simulations[profile.name] = simulation
    return spec.cleanups.enter(f"remove the {profile.title} devices", simulation)

"""Devices as a system under test: profiles of vendors, HAMi, device plugins, and simulated nodes.

Device plugin, DRA and HAMi messages belong here and nowhere else. Computes and tensors do not belong here.
"""

from maidenhair.systems.devices.vendor_profile import (
    Device,
    Sharing,
    VendorProfile,
    load_profile,
    vendor,
    vendor_profiles,
)

__all__ = ["Device", "Sharing", "VendorProfile", "load_profile", "vendor", "vendor_profiles"]

"""Simulated devices: vendors as data files, what HAMi writes about their devices, and what offers them to nodes."""

from maidenhair.systems.devices.vendor_profile import (
    Device,
    Sharing,
    VendorProfile,
    load_profile,
    vendor,
    vendor_profiles,
)

__all__ = ["Device", "Sharing", "VendorProfile", "load_profile", "vendor", "vendor_profiles"]

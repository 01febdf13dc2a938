"""Requests for devices, written as in features."""

from __future__ import annotations

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.device_request import DeviceRequest, limits_of, parse_devices

NVIDIA, METAX, SHARED_METAX = vendor("NVIDIA"), vendor("MetaX"), vendor("MetaX sGPU")


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("no devices", []),
        ("0 NVIDIA devices", [DeviceRequest(NVIDIA, 0)]),
        ("1 MetaX sGPU device", [DeviceRequest(SHARED_METAX, 1)]),
        (
            "2 NVIDIA devices and 1 MetaX device",
            [DeviceRequest(NVIDIA, 2), DeviceRequest(METAX, 1)],
        ),
        ("3 NVIDIA devices with 100 MiB each", [DeviceRequest(NVIDIA, 3, 100)]),
        (
            "1 NVIDIA device with 30 % of its compute units",
            [DeviceRequest(NVIDIA, 1, None, 30)],
        ),
        (
            "1 NVIDIA device with 100 MiB and 30 % of its compute units and 1 MetaX device",
            [DeviceRequest(NVIDIA, 1, 100, 30), DeviceRequest(METAX, 1)],
        ),
    ],
)
def test_a_text_names_counts_of_devices_and_shares(
    text: str, requests: list[DeviceRequest]
) -> None:
    assert parse_devices(text) == requests


@pytest.mark.parametrize("text", ["", "NVIDIA devices", "2 Acme devices", "1 NVIDIA device with 3"])
def test_a_text_without_devices_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="names no devices"):
        parse_devices(text)


def test_a_container_has_the_limits_of_all_requests() -> None:
    text = "1 NVIDIA device with 100 MiB and 30 % of its compute units and 2 MetaX devices"
    assert limits_of(parse_devices(text)) == {
        "nvidia.com/gpu": "1",
        "nvidia.com/gpumem": "100",
        "nvidia.com/gpucores": "30",
        METAX.resource: "2",
    }


def test_a_share_of_a_vendor_without_shares_cannot_be_requested() -> None:
    with pytest.raises(ConfigurationError, match="cannot request MiB of Biren devices"):
        limits_of(parse_devices("1 Biren device with 100 MiB"))

"""The annotations of HAMi's protocol on nodes and pods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maidenhair.errors import DevicesError
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.hami.protocol import (
    REQUESTING,
    Share,
    handshake_text,
    node_annotations,
    parse_shares,
    registered,
    registration,
    shares_text,
)
from maidenhair.systems.devices.vendor_profile import Sharing

WORDS = st.text("abcdefGPU-0123456789", min_size=1)
NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
SHARES = st.builds(Share, WORDS, WORDS, st.integers(0, 10**6), st.integers(0, 100))


@pytest.mark.parametrize("format", ["json", "text"])
def test_registrations_are_read_as_they_are_written(format: str) -> None:
    devices = vendor("NVIDIA").devices("node-1")
    sharing = Sharing("NVIDIA", format, "allocated", 10)
    read = registered(registration(devices, sharing))
    assert [each["id"] for each in read] == [each.id for each in devices]
    assert [each["numa"] for each in read] == [each.numa for each in devices]
    assert {(each["count"], each["devmem"], each["health"]) for each in read} == {(10, 40960, True)}


def test_a_registration_as_text_has_the_format_of_the_contract() -> None:
    hygon = vendor("Hygon")
    [device] = hygon.devices("node-1", 1)
    text = node_annotations({hygon: [device]}, NOON)["hami.io/node-dcu-register"]
    assert text == f"{device.id},4,65536,100,DCU-K100_AI,0,true:"


def test_a_registration_as_text_may_have_nine_fields() -> None:
    [device] = registered("GPU-1,10,1024,100,A100,1,false,3,mig:")
    assert (device["index"], device["mode"], device["health"]) == (3, "mig", False)


@pytest.mark.parametrize("text", ["GPU-1,10:", "[{"])
def test_a_malformed_registration_is_refused(text: str) -> None:
    with pytest.raises(DevicesError, match="malformed registration"):
        registered(text)


@given(st.lists(st.lists(SHARES, max_size=3), max_size=4))
def test_shares_are_read_as_they_are_written(containers: list[list[Share]]) -> None:
    assert parse_shares(shares_text(containers)) == containers


def test_shares_are_written_as_in_the_contract() -> None:
    text = shares_text([[], [Share("GPU-1", "NVIDIA", 1024, 30), Share("GPU-2", "NVIDIA", 1, 0)]])
    assert text == ";GPU-1,NVIDIA,1024,30:GPU-2,NVIDIA,1,0:;"


def test_a_malformed_list_of_shares_is_refused() -> None:
    with pytest.raises(DevicesError, match="malformed list of allocated devices"):
        parse_shares("GPU-1,NVIDIA:;")


def test_a_handshake_has_the_time_in_utc_without_a_zone() -> None:
    new_york = timezone(-timedelta(hours=5))
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=new_york)
    assert handshake_text(REQUESTING, at) == "Requesting_2026-01-02 08:04:05"


def test_devices_that_follow_from_the_capacity_have_no_annotation() -> None:
    metax, amd = vendor("MetaX"), vendor("AMD")
    devices = {each: each.devices("node-1") for each in (metax, amd)}
    assert set(node_annotations(devices, NOON)) == {"hami.io/node-amd-register"}

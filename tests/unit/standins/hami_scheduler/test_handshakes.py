"""The handshakes of device plugins with the HAMi stand-in, look by look."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hami_scheduler.handshakes import Looks
from hami_scheduler.protocol import requesting

from .hami_cluster import NVIDIA, device

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
DCU, DCU_REGISTER = "hami.io/node-handshake-dcu", "hami.io/node-dcu-register"
ONE, TWO = "a,4,100,100,DCU,0,true:", "a,4,100,100,DCU,0,true:b,4,100,100,DCU,0,true:"
REPORTED = "Reported_2026-05-04 12:00:00"


class Plugin:
    """A node as its device plugins leave it, at which the scheduler looks."""

    def __init__(self) -> None:
        self.looks = Looks()
        self.annotations: dict[str, str] = {}
        self.capacity: dict[str, str] = {}
        self.allocatable: dict[str, str] = {}

    def look(self, after: float = 0) -> dict[str, int]:
        """Look once, and return the number of known devices of each type."""
        self.looks.look(
            "n",
            self.annotations,
            self.capacity,
            self.allocatable,
            NOON + timedelta(seconds=after),
        )
        for key, value in self.looks.answers.items():
            self.annotations.pop(key, None)
            if value is not None:
                self.annotations[key] = value
        return {name: len(found) for name, found in self.looks.devices.items()}


def registered(*ids: str, **other: Any) -> str:
    return json.dumps([device(id, **other) for id in ids])


def test_every_node_gets_the_handshakes_of_the_vendors_that_have_one() -> None:
    plugin = Plugin()
    plugin.look()
    assert {"hami.io/node-handshake", DCU, "hami.io/node-handshake-xpu"} <= set(plugin.annotations)
    assert set(plugin.annotations.values()) == {requesting(NOON)}


def test_a_changed_registration_is_read_after_the_next_report() -> None:
    plugin = Plugin()
    plugin.annotations = {DCU_REGISTER: ONE, DCU: REPORTED}
    assert plugin.look() == {"DCU": 1}
    plugin.annotations[DCU_REGISTER] = TWO
    assert plugin.look() == {"DCU": 1}
    plugin.annotations[DCU] = REPORTED
    assert plugin.look() == {"DCU": 2}


@pytest.mark.parametrize(("allocatable", "known"), [("0", {}), ("1", {"DCU": 1})])
def test_devices_expire_after_a_minute_if_none_is_allocatable(
    allocatable: str, known: dict[str, int]
) -> None:
    plugin = Plugin()
    plugin.annotations = {DCU_REGISTER: ONE, DCU: REPORTED}
    plugin.allocatable = {"hygon.com/dcunum": allocatable}
    plugin.look()
    assert plugin.look(after=59) == {"DCU": 1}
    assert plugin.look(after=61) == known
    assert (DCU in plugin.annotations) is bool(known)
    assert plugin.look(after=62) == known
    plugin.annotations[DCU] = REPORTED
    assert plugin.look(after=63) == {"DCU": 1}


def test_a_clean_up_that_was_lost_is_repeated_until_the_handshake_is_gone() -> None:
    plugin = Plugin()
    plugin.annotations = {DCU_REGISTER: ONE, DCU: REPORTED}
    plugin.look()
    expired = dict(plugin.annotations)
    for after in (61, 62):
        plugin.annotations = dict(expired)
        assert plugin.look(after) == {}
        assert DCU not in plugin.annotations
    plugin.look(after=63)
    assert plugin.annotations[DCU] == requesting(NOON + timedelta(seconds=63))
    plugin.annotations[DCU] = requesting(NOON)
    plugin.look(after=64)
    assert plugin.annotations[DCU] == requesting(NOON), "nothing is left to clean up"


def test_a_changed_number_of_allocatable_devices_is_read_without_a_report() -> None:
    plugin = Plugin()
    plugin.annotations = {NVIDIA: registered("a"), "hami.io/node-handshake": requesting(NOON)}
    assert plugin.look() == {}
    plugin.allocatable = {"nvidia.com/gpu": "10"}
    assert plugin.look() == {"NVIDIA": 1}
    plugin.annotations[NVIDIA] = registered("a", "b")
    assert plugin.look() == {"NVIDIA": 2}
    plugin.allocatable = {"nvidia.com/gpu": "0"}
    assert plugin.look() == {}


def test_a_report_that_is_not_yet_answered_does_not_bring_back_devices_that_are_gone() -> None:
    plugin = Plugin()
    plugin.annotations = {NVIDIA: registered("a"), "hami.io/node-handshake": REPORTED}
    reported = dict(plugin.annotations)
    plugin.allocatable = {"nvidia.com/gpu": "10"}
    assert plugin.look() == {"NVIDIA": 1}
    plugin.allocatable = {"nvidia.com/gpu": "0"}
    for after in (1, 2, 3):
        plugin.annotations = dict(reported)
        assert plugin.look(after) == {}
    plugin.annotations["hami.io/node-handshake"] = "Reported_2026-05-04 12:00:30"
    assert plugin.look(after=30) == {"NVIDIA": 1}


def test_a_registration_that_vanishes_leaves_no_devices() -> None:
    plugin = Plugin()
    plugin.annotations = {DCU_REGISTER: ONE, DCU: REPORTED}
    plugin.look()
    del plugin.annotations[DCU_REGISTER]
    assert plugin.look() == {}


@pytest.mark.parametrize(
    ("resource", "known"),
    [
        ("metax-tech.com/gpu", {}),
        ("enflame.com/gcu", {}),
        ("kunlunxin.com/xpu", {"kunlun": 2}),
    ],
)
def test_devices_that_follow_from_the_capacity_may_outlive_it(
    resource: str, known: dict[str, int]
) -> None:
    plugin = Plugin()
    plugin.capacity = {resource: "2"}
    assert sum(plugin.look().values()) == 2
    plugin.capacity = {resource: "0"}
    assert plugin.look() == known


def test_amds_registration_is_removed_when_the_node_has_no_device() -> None:
    plugin = Plugin()
    plugin.annotations = {"hami.io/node-amd-register": registered("a", type="AMD")}
    plugin.capacity = {"amd.com/gpu": "1"}
    assert plugin.look() == {"AMD": 1}
    plugin.capacity = {}
    assert plugin.look() == {}
    assert "hami.io/node-amd-register" not in plugin.annotations


def test_a_malformed_registration_keeps_the_known_devices() -> None:
    plugin = Plugin()
    plugin.annotations = {DCU_REGISTER: ONE, DCU: REPORTED}
    plugin.look()
    plugin.annotations |= {DCU_REGISTER: "nonsense", DCU: REPORTED}
    assert plugin.look() == {"DCU": 1}
    assert "nonsense" in plugin.looks.problems[0]

"""Times in HAMi's annotations, on machines in different time zones."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hamcrest import has_key

from hami_scheduler.protocol import SECONDS, lock, requested_at, requesting
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.simulated import fleet as fleet_of
from maidenhair.systems.devices.simulated.device_plugins import SimulatedPlugins
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.devices.simulated.node import SimulatedNode
from maidenhair.systems.devices.simulated.sharing import expire_handshake, lock_until_expired
from maidenhair.systems.devices.simulated.states import NodeStates
from maidenhair.waiting import eventually

from .followed import Followed

NVIDIA = vendor("NVIDIA")
NODE = SimulatedNode("one", "one-1", {NVIDIA: NVIDIA.devices("one-1", 1)})
HANDSHAKE, LOCK = "hami.io/node-handshake", "hami.io/mutex.lock"
# Zones as far from UTC as possible. In POSIX notation a zone west of UTC is positive.
ZONES = ("America/New_York", "WEST+12", "EAST-14")


@pytest.fixture(autouse=True, params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


class Nodes(Followed):
    """Records the annotations of nodes, in place of a client and its informers."""

    def __init__(self) -> None:
        super().__init__()
        self.annotations: dict[str, str] = {}

    def read(self) -> list[dict[str, Any]]:
        return []

    def patch(self, version: str, kind: str, name: str, body: Mapping[str, Any]) -> None:
        self.annotations.update(body["metadata"]["annotations"])

    def patch_status(self, version: str, kind: str, name: str, status: Mapping[str, Any]) -> None:
        pass


def fleet(nodes: Any, tmp_path: Any) -> Fleet:
    made = Fleet(
        nodes, nodes, "spec-1", kwok=tmp_path, kubeconfig=tmp_path, folder=tmp_path, shared=True
    )
    made.nodes["one"] = NODE
    return made


def is_now(handshake: str) -> bool:
    state, _, text = handshake.partition("_")
    at = datetime.strptime(text, SECONDS).replace(tzinfo=UTC)
    return state == "Reported" and abs(datetime.now(UTC) - at) < timedelta(minutes=1)


def test_a_simulated_node_reports_the_current_time() -> None:
    assert is_now(
        NODE.manifest(("label", "value"), shared=True)["metadata"]["annotations"][HANDSHAKE]
    )


def test_a_simulated_plugin_reports_the_current_time() -> None:
    nodes: Any = Nodes()
    states = NodeStates()
    states.put(NODE)
    with SimulatedPlugins(nodes, "ns", states, 0.01):
        eventually(lambda: nodes.annotations, has_key(HANDSHAKE), within=60)
    assert is_now(nodes.annotations[HANDSHAKE])


def test_a_report_has_the_current_time(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = Nodes()
    # Nobody answers this node's handshake.
    monkeypatch.setattr(fleet_of, "write_until_read", lambda kube, node, write: write())
    fleet(nodes, tmp_path).report("one")
    assert is_now(nodes.annotations[HANDSHAKE])


def test_an_expired_handshake_has_expired_in_every_zone_of_the_scheduler(
    tmp_path: Any,
) -> None:
    nodes = Nodes()
    expire_handshake(fleet(nodes, tmp_path), "one")
    requested = requested_at(nodes.annotations[HANDSHAKE])
    assert requested is not None
    assert datetime.now(UTC) - requested > timedelta(hours=14, minutes=5)


def test_an_expired_lock_has_expired_in_every_zone(tmp_path: Any) -> None:
    nodes = Nodes()
    lock_until_expired(fleet(nodes, tmp_path), "one")
    held = datetime.now(UTC) - lock(nodes.annotations[LOCK]).taken
    assert timedelta(minutes=5) < held < timedelta(minutes=10)


def test_the_stand_in_reads_the_time_that_it_has_written() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    assert requested_at(requesting(now)) == now

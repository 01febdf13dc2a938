"""The device plugins of simulated nodes, with an API in memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from hamcrest import equal_to, greater_than, has_key

from maidenhair.errors import ApiUnreachable
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.simulated.device_plugins import SimulatedPlugins
from maidenhair.systems.devices.simulated.node import SimulatedNode
from maidenhair.systems.devices.simulated.states import NodeStates
from maidenhair.waiting import eventually

from .followed import Followed

NVIDIA = vendor("NVIDIA")
ONE = SimulatedNode("one", "one-1", {NVIDIA: NVIDIA.devices("one-1", 1)})
TWO = SimulatedNode("two", "two-1", {NVIDIA: NVIDIA.devices("two-1", 1)})
REGISTER = "hami.io/node-nvidia-register"
WAITS, PHASE = "hami.io/vgpu-devices-to-allocate", "hami.io/bind-phase"
WITHIN = 30.0
NEVER = 3600.0


class Api(Followed):
    """Pods and the number of reports of each node in memory, in place of a client and its informers."""

    def __init__(self) -> None:
        super().__init__()
        self.pods: dict[str, dict[str, Any]] = {}
        self.reports = {"one-1": 0, "two-1": 0}
        self.refuses: set[str] = set()

    def add(self, name: str, node: SimulatedNode, devices: str) -> None:
        annotations = {WAITS: devices, PHASE: "allocating", "hami.io/vgpu-node": node.full_name}
        metadata = {"name": name, "namespace": "ns", "annotations": annotations}
        self.pods[name] = {"metadata": metadata, "spec": {"nodeName": node.full_name}}
        self.changed()

    def phases(self) -> list[str]:
        return [each["metadata"]["annotations"][PHASE] for each in self.pods.values()]

    def read(self) -> list[dict[str, Any]]:
        return list(self.pods.values())

    def get(self, version: str, kind: str, name: str, namespace: str | None = None) -> Any:
        return self.pods.get(name) if kind == "Pod" else {"metadata": {}}

    def patch(
        self,
        version: str,
        kind: str,
        name: str,
        body: Mapping[str, Any],
        namespace: str | None = None,
    ) -> None:
        if name in self.refuses:
            raise ApiUnreachable(f"patch {name}: no answer")
        if kind == "Pod":
            self.pods[name]["metadata"]["annotations"].update(body["metadata"]["annotations"])
        else:
            self.reports[name] += 1


@pytest.fixture
def api() -> Api:
    return Api()


def states(*nodes: SimulatedNode) -> NodeStates:
    made = NodeStates()
    for node in nodes:
        made.put(node)
    return made


def plugins(api: Any, *nodes: SimulatedNode, report_every: float = NEVER) -> SimulatedPlugins:
    return SimulatedPlugins(api, "ns", states(*nodes), report_every)


def test_pods_get_their_devices_on_nodes_with_active_plugins_only(api: Api) -> None:
    with plugins(api, ONE):
        api.add("elsewhere", TWO, "GPU-2,NVIDIA,1000,0:;")
        api.add("user", ONE, "GPU-1,NVIDIA,1000,0:;")
        eventually(api.phases, equal_to(["allocating", "success"]), within=WITHIN)


def test_a_pod_that_requests_a_similar_chip_gets_the_device_that_hami_chose(api: Api) -> None:
    chip = vendor("Ascend910B4-1")
    node = SimulatedNode("one", "one-1", {chip: chip.devices("one-1", 1)})
    [device] = node.devices[chip]
    waits = "hami.io/Ascend910B4-devices-to-allocate"
    with plugins(api, node):
        api.add("user", node, "")
        api.pods["user"]["metadata"]["annotations"] |= {waits: f"{device.id},Ascend910B4,8192,0:;"}
        api.changed()
        eventually(api.phases, equal_to(["success"]), within=WITHIN)
    assert api.pods["user"]["metadata"]["annotations"][waits] == ";"


def test_a_failed_allocation_does_not_delay_other_pods(api: Api) -> None:
    api.refuses = {"gone"}
    with plugins(api, ONE):
        api.add("broken", ONE, "no list of devices:;")
        api.add("gone", ONE, "GPU-1,NVIDIA,1000,0:;")
        api.add("user", ONE, "GPU-1,NVIDIA,1000,0:;")
        eventually(api.phases, equal_to(["allocating", "allocating", "success"]), within=WITHIN)


def test_pods_on_two_nodes_get_their_devices_in_parallel(api: Api) -> None:
    met = threading.Barrier(2, timeout=WITHIN)
    patch = api.patch

    def meet(version: str, kind: str, name: str, *body: Any) -> None:
        if kind == "Pod":
            met.wait()
        patch(version, kind, name, *body)

    api.patch = meet  # type: ignore[method-assign]
    api.add("first", ONE, "GPU-1,NVIDIA,1000,0:;")
    api.add("second", TWO, "GPU-2,NVIDIA,1000,0:;")
    with plugins(api, ONE, TWO) as running:
        running.check_pods()
        eventually(api.phases, equal_to(["success", "success"]), within=WITHIN)


def test_nodes_are_reported_while_pods_change_all_the_time(api: Api) -> None:
    ended = threading.Event()

    def change() -> None:
        while not ended.wait(0.001):
            api.changed()

    with plugins(api, ONE, TWO, report_every=0.05):
        changing = threading.Thread(target=change)
        changing.start()
        try:
            eventually(lambda: api.reports["two-1"], greater_than(1), within=WITHIN)
        finally:
            ended.set()
            changing.join()


def test_a_failed_report_of_a_node_does_not_stop_the_reports_of_others(api: Api) -> None:
    api.refuses = {"one-1"}
    with plugins(api, ONE, TWO, report_every=0.05):
        eventually(lambda: api.reports["two-1"], greater_than(1), within=WITHIN)
    assert api.reports["one-1"] == 0


def test_a_stopped_plugin_writes_no_report_that_began_before(api: Api) -> None:
    writing, ended = threading.Event(), threading.Event()
    nodes, order = states(ONE), []

    def patch(version: str, kind: str, name: str, *body: Any) -> None:
        writing.set()
        ended.wait(0.2)
        order.append("reported")

    api.patch = patch  # type: ignore[method-assign]
    with SimulatedPlugins(cast(Any, api), "ns", nodes, 0.01):
        assert writing.wait(WITHIN)
        nodes.stop("one")
        order.append("stopped")
        ended.set()
    assert order[-1] == "stopped"


def test_a_report_shows_the_devices_that_the_node_has_now(api: Api) -> None:
    nodes = states(ONE, TWO)
    shown: dict[str, Any] = {}

    def patch(version: str, kind: str, name: str, body: Mapping[str, Any]) -> None:
        shown[name] = body["metadata"]["annotations"]
        if name == "one-1":
            nodes.put(replace(TWO, devices={NVIDIA: NVIDIA.devices("two-1", 2)}))

    api.patch = patch  # type: ignore[method-assign, assignment]
    with SimulatedPlugins(cast(Any, api), "ns", nodes, 0.01):
        eventually(lambda: shown, has_key("two-1"), within=WITHIN)
    assert len(json.loads(shown["two-1"][REGISTER])) == 2

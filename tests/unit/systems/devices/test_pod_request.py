"""Pods from requests and from tables of settings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from maidenhair.errors import ConfigurationError, DevicesError
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.hami.held_devices import held_devices
from maidenhair.systems.devices.pod_request import Container, Placement, PodRequest
from maidenhair.systems.devices.pods.pod_settings import (
    containers_of,
    has_settings,
    request_of,
    setting_of,
)

NVIDIA = vendor("NVIDIA")
DEVICES = NVIDIA.devices("node-1", 2)
NODES: Any = SimpleNamespace(
    devices_of=lambda name, profile: DEVICES, full_name_of=lambda name: f"{name}-1"
)
WHERE = Placement("query:1", ("query", "--tell"), {"nodeSelector": {"a": "b"}}, {"own": "label"})


def test_a_pod_has_containers_of_each_kind_and_the_placement_of_its_nodes() -> None:
    containers = [
        Container({"a/b": "1"}, name="prepare", kind="init container"),
        Container({}, name="watch", kind="sidecar"),
        Container({"a/b": "2"}, {"a/b": "1"}),
    ]
    pod = PodRequest(containers, labels={"app": "web"}).manifest("trainer", WHERE)

    prepare, watch = pod["spec"]["initContainers"]
    [main] = pod["spec"]["containers"]
    assert prepare["command"] == ["query", "--tell"]
    assert watch["command"] == ["query", "--tell", "--stay"]
    assert (prepare.get("restartPolicy"), watch["restartPolicy"]) == (None, "Always")
    assert main["resources"] == {"limits": {"a/b": "2"}, "requests": {"a/b": "1"}}
    assert pod["metadata"]["labels"] == {"own": "label", "app": "web"}
    assert pod["spec"]["nodeSelector"] == {"a": "b"}
    assert "schedulerName" not in pod["spec"]


def test_a_container_on_a_node_that_runs_no_containers_has_no_command() -> None:
    [container] = PodRequest().manifest("user", Placement("image"))["spec"]["containers"]
    assert "command" not in container


def test_a_deployment_selects_its_pods_by_its_name() -> None:
    made = PodRequest().deployment("service", WHERE, 2)
    assert made["spec"]["replicas"] == 2
    assert made["spec"]["selector"]["matchLabels"] == {"app": "service"}
    assert made["spec"]["template"]["metadata"]["labels"]["app"] == "service"


def test_a_table_of_settings_describes_a_pod() -> None:
    request = request_of(
        [
            ("resource nvidia.com/gpu", "2"),
            ("request nvidia.com/gpu", "1"),
            ("annotation a", "b"),
            ("annotation use", 'NVIDIA device 1 of node "new"'),
            ("annotation nouse", 'all NVIDIA devices of node "new"'),
            ("label c", "d"),
            ("label empty", ""),
            ("scheduler", "mine"),
            ("priority class", "high"),
        ],
        NODES,
    )
    assert request == PodRequest(
        [Container({"nvidia.com/gpu": "2"}, {"nvidia.com/gpu": "1"})],
        {"a": "b", "use": DEVICES[1].id, "nouse": f"{DEVICES[0].id},{DEVICES[1].id}"},
        {"c": "d"},
        "mine",
        "high",
    )


def test_an_unknown_setting_is_refused_with_a_list_of_settings() -> None:
    with pytest.raises(ConfigurationError, match=r"'colour'.*the settings are resource NAME"):
        request_of([("colour", "red")], NODES)
    with pytest.raises(ConfigurationError, match=r"'colour'.*the settings begin with resource"):
        setting_of({}, "colour")


def test_a_table_of_containers_describes_a_pod() -> None:
    rows = [
        {"container": "one", "requests": "1 NVIDIA device with 100 MiB"},
        {"container": "two", "kind": "sidecar", "requests": "no devices"},
    ]
    limits = {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "100"}
    assert containers_of(rows).containers == [
        Container(limits, name="one"),
        Container({}, name="two", kind="sidecar"),
    ]
    with pytest.raises(ConfigurationError, match="unknown kind 'guest'"):
        containers_of([{"container": "one", "kind": "guest", "requests": "no devices"}])


def pod(**annotations: str) -> dict[str, Any]:
    container = {
        "name": "main",
        "resources": {"limits": {"nvidia.com/gpu": "1"}},
        "env": [{"name": "COLOUR", "value": "red"}],
    }
    named = {key.replace("_", "/"): value for key, value in annotations.items()}
    spec = {"schedulerName": "mine", "initContainers": [{"name": "prepare"}]}
    return {
        "metadata": {"name": "user", "annotations": named},
        "spec": {**spec, "containers": [container]},
    }


@pytest.mark.parametrize(
    ("setting", "value", "other"),
    [
        ("resource nvidia.com/gpu", "1", "2"),
        ("variable COLOUR", "red", "green"),
        ("scheduler", "mine", "default-scheduler"),
        ("annotation own/node", 'node "one"', 'node "two"'),
        ("annotation own/time", "a Unix time", "red"),
        ("devices to allocate", "0", "1"),
    ],
)
def test_a_pod_is_matched_by_its_settings(setting: str, value: str, other: str) -> None:
    found = pod(own_node="one-1", own_time="1700000000")
    assert has_settings([(setting, value)], NODES).matches(found)
    assert not has_settings([(setting, other)], NODES).matches(found)


def test_a_device_that_no_plugin_has_allocated_yet_is_counted() -> None:
    found = pod()
    found["metadata"]["annotations"] = {
        "hami.io/vgpu-devices-to-allocate": f"{DEVICES[0].id},NVIDIA,100,0:;"
    }
    assert setting_of(found, "devices to allocate") == "1"


def test_each_container_has_the_devices_that_hami_chose_for_it() -> None:
    found = pod()
    first, second = (device.id for device in DEVICES)
    found["metadata"]["annotations"] = {
        "hami.io/vgpu-devices-allocated": f"{first},NVIDIA,100,30:;{second},NVIDIA,200,0:;"
    }
    nodes = [{NVIDIA: DEVICES}]
    [prepare] = held_devices(found, "prepare", nodes)
    [main] = held_devices(found, "main", nodes)
    assert (prepare.device, prepare.memory, prepare.cores) == (DEVICES[0], 100, 30)
    assert (main.device, main.memory, main.cores) == (DEVICES[1], 200, 0)
    assert held_devices(found, None, nodes) == [prepare, main]
    with pytest.raises(DevicesError, match="no container other; it has prepare, main"):
        held_devices(found, "other", nodes)
    with pytest.raises(DevicesError, match=f"device {second}, which no node of the spec has"):
        held_devices(found, None, [{NVIDIA: DEVICES[:1]}])

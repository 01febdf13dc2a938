"""The manifests of simulated nodes, and the placement of their pods."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from maidenhair.errors import DevicesError
from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.hami import handshakes
from maidenhair.systems.devices.hami.protocol import registered
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.devices.simulated.handshakes import register_change
from maidenhair.systems.devices.simulated.node import SimulatedNode, placement

NVIDIA, HYGON, CAMBRICON = vendor("NVIDIA"), vendor("Hygon"), vendor("Cambricon")
LABEL = ("maidenhair.dev/namespace", "spec-1")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def node(**devices: int) -> SimulatedNode:
    own = {vendor(name): vendor(name).devices("n", count) for name, count in devices.items()}
    return SimulatedNode("one", "one-1", own)


def test_a_node_has_the_labels_of_sharing_and_of_its_spec() -> None:
    made = node(nvidia=2).manifest(LABEL, shared=True)
    assert made["metadata"]["labels"] | {"gpu": "on", **dict([LABEL])} == made["metadata"]["labels"]
    assert made["spec"]["taints"] == [
        {"key": LABEL[0], "value": LABEL[1], "effect": "NoSchedule"},
    ]
    assert node(nvidia=2).manifest(LABEL, shared=False)["metadata"]["annotations"] == {}


@pytest.mark.parametrize(("shared", "times"), [(True, 10), (False, 1)])
def test_a_shared_device_counts_once_for_each_share(shared: bool, times: int) -> None:
    status = node(nvidia=2, cambricon=4).status(shared)
    assert status["capacity"]["nvidia.com/gpu"] == str(2 * times)
    assert status["capacity"]["cambricon.com/vmlu"] == "4"


def test_a_broken_device_is_registered_but_not_allocatable() -> None:
    whole = node(nvidia=2)
    broken = whole.changed(whole.devices[NVIDIA][0], healthy=False)
    status = broken.status(shared=False)
    assert (status["capacity"]["nvidia.com/gpu"], status["allocatable"]["nvidia.com/gpu"]) == (
        "2",
        "1",
    )
    listed = registered(broken.registration(NOW)["hami.io/node-nvidia-register"])
    assert [each["health"] for each in listed] == [False, True]
    assert all(each.healthy for each in whole.devices[NVIDIA])


def test_only_vendors_whose_devices_hami_shares_register() -> None:
    annotations = node(nvidia=1, hygon=1, cambricon=1).registration(NOW)
    assert set(annotations) == {
        *("hami.io/node-nvidia-register", "hami.io/node-nvidia-score", "hami.io/node-handshake"),
        *("hami.io/node-dcu-register", "hami.io/node-handshake-dcu"),
    }
    assert annotations["hami.io/node-handshake"] == "Reported_2026-01-02 03:04:05"


@pytest.mark.parametrize(("shared", "labels"), [(True, {}), (False, {"hami.io/webhook": "ignore"})])
def test_pods_of_a_fleet_run_on_its_nodes_only(shared: bool, labels: dict[str, str]) -> None:
    where = placement(LABEL, shared)
    assert where.pod["nodeSelector"] == dict([LABEL])
    assert where.pod["tolerations"] == [
        {"key": LABEL[0], "operator": "Equal", "value": LABEL[1], "effect": "NoSchedule"}
    ]
    assert where.labels == labels
    assert where.command == ()


def test_the_names_of_nodes_in_the_cluster_are_unique_to_their_spec(tmp_path: Any) -> None:
    nothing: Any = None
    fleet = Fleet(
        nothing,
        nothing,
        "a-long-name-of-a-spec-12ab34",
        kwok=tmp_path,
        kubeconfig=tmp_path,
        folder=tmp_path,
        shared=True,
    )
    fleet.nodes["one"] = SimulatedNode("one", "one-12ab34", {NVIDIA: (), HYGON: ()})
    assert fleet.name_of("one-12ab34") == "one"
    assert fleet.name_of("other") is None
    assert fleet.vendors == [NVIDIA, HYGON]
    assert fleet.full_name_of("one") == "one-12ab34"
    with pytest.raises(DevicesError, match="no simulated node 'two'"):
        fleet.full_name_of("two")
    namespace = {"maidenhair.dev/namespace": "a-long-name-of-a-spec-12ab34"}
    assert fleet.placement.pod["nodeSelector"] == namespace


@pytest.mark.parametrize("name", ["nvidia", "hygon"])
def test_a_changed_device_of_nvidia_is_registered_without_a_report(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[dict[str, Any]] = []

    class Api:
        def patch(self, version: str, kind: str, name: str, body: dict[str, Any]) -> None:
            written.append(body["metadata"]["annotations"])

    waited: list[Any] = []
    monkeypatch.setattr(
        handshakes,
        "wait_until_read",
        lambda kube, node, keys, shown: waited.append(keys),
    )
    api: Any = Api()
    register_change(api, node(**{name: 1}))
    assert waited == [["hami.io/node-handshake-dcu"]] * 2
    assert "hami.io/node-handshake" not in written[0]
    report = written[0]["hami.io/node-handshake-dcu"]
    assert report is None if name == "nvidia" else report.startswith("Reported_")

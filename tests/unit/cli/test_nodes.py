"""The arguments of the commands on machines."""

from __future__ import annotations

import pytest

from maidenhair.cli.nodes import parse_target
from maidenhair.clusters.provider import ClusterStatus, ComponentState, NodeState
from maidenhair.errors import ClusterError

STATUS = ClusterStatus(
    (
        ComponentState("control-plane", "etcd", "running"),
        ComponentState("node-1", "kubelet", "running"),
        ComponentState("node-2", "kubelet", "stopped"),
    ),
    (NodeState("node-1", "Ready"), NodeState("node-2", "stopped")),
)


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("node-2", ("node-2", None)),
        ("etcd", ("control-plane", "etcd")),
        ("node-2/kubelet", ("node-2", "kubelet")),
        # Whether there is such a machine, the provider knows.
        ("moon/kubelet", ("moon", "kubelet")),
    ],
)
def test_a_target_is_a_node_a_component_or_both(target: str, place: tuple[str, str | None]) -> None:
    assert parse_target(target, STATUS) == place


def test_a_component_of_several_machines_needs_the_name_of_its_machine() -> None:
    with pytest.raises(ClusterError, match="name one of them: node-1/kubelet, node-2/kubelet"):
        parse_target("kubelet", STATUS)


def test_a_target_that_does_not_exist_is_reported_with_all_targets() -> None:
    with pytest.raises(
        ClusterError, match="'moon'; this cluster has: node-1, node-2, etcd, kubelet"
    ):
        parse_target("moon", STATUS)
    with pytest.raises(ClusterError, match="'moon'; this cluster has: none"):
        parse_target("moon", ClusterStatus())


@pytest.mark.parametrize(
    ("node", "component", "healthy"),
    [
        ("Ready", "running", True),
        ("stopped", "stopped", True),
        ("paused", "paused", True),
        ("NotReady", "running", False),
        ("unknown", "running", False),
        ("Ready", "exited", False),
    ],
)
def test_a_cluster_is_healthy_where_nothing_ended_that_nobody_stopped(
    node: str, component: str, healthy: bool
) -> None:
    status = ClusterStatus(
        (ComponentState("node-1", "kubelet", component),), (NodeState("node-1", node),)
    )
    assert status.exists
    assert status.healthy is healthy


def test_no_cluster_is_not_healthy() -> None:
    assert not ClusterStatus().exists
    assert not ClusterStatus().healthy

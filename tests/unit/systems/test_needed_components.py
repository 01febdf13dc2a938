"""The components of a run: only those that the project uses, in the order in which the run needs them."""

from __future__ import annotations

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.toolchain.components import KUBERNETES
from maidenhair.config import Settings
from maidenhair.systems.deployment import Preparation, Systems

CLUSTER = (
    *("etcd", "cloud-controller-manager", "kubectl", "volume-provisioner"),
    *("containerd", "runc", "cni-plugins", "iptables", "pause", "coredns"),
    *KUBERNETES,
)
STACK = {"contour", "envoy", "gateway-api-crds", "contour-manifests", "skytorch-python"}
DEVICES = {"helm", "device-query", "kwok"}


def needed(*systems: str, provider: str = "embedded", profile: str = "node") -> tuple[str, ...]:
    settings = Settings(provider=provider, profile=profile, systems=systems)
    return Preparation(settings, Systems.of(settings), Progress()).component_names()


@pytest.mark.parametrize(
    ("systems", "added"),
    [
        ((), set()),
        (("skytorch",), STACK),
        (("devices",), DEVICES),
        (("skytorch", "devices"), STACK | DEVICES),
    ],
)
def test_only_what_a_project_uses_is_provided(systems: tuple[str, ...], added: set[str]) -> None:
    assert set(needed(*systems)) == set(CLUSTER) | added


def test_a_control_plane_needs_no_components_of_nodes() -> None:
    control_plane = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}
    assert set(needed(profile="api")) == {*control_plane, "kubectl"}


def test_the_cluster_comes_before_what_runs_on_it() -> None:
    names = needed("skytorch", "devices")
    control_plane = max(names.index(name) for name in ("etcd", "kube-apiserver", "kubectl"))
    node = max(names.index(name) for name in ("kubelet", "kube-proxy", "containerd", "runc"))
    images = min(names.index(name) for name in ("pause", "coredns"))
    systems = min(names.index(name) for name in STACK | DEVICES)

    assert control_plane < node < images < systems

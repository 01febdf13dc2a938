"""The framework's components, and how a system under test declares its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maidenhair.clusters.toolchain.debian_packages import DebianPackage
from maidenhair.clusters.toolchain.go import GoBinary, pinned
from maidenhair.clusters.toolchain.model import Component, Probe, Recognition
from maidenhair.clusters.toolchain.release import Releases
from maidenhair.clusters.toolchain.version import at_least, near_minor, parse
from maidenhair.errors import ToolchainError

KUBERNETES = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
)

LOAD_BALANCERS = "cloud-controller-manager"
STORAGE_LIBRARY = "sigs.k8s.io/sig-storage-lib-external-provisioner"
CNI_FOLDERS = (Path("/opt/cni/bin"), Path("/usr/lib/cni"), Path("/usr/libexec/cni"))
CNI_PLUGINS = ("main/bridge", "ipam/host-local", "main/loopback", "meta/portmap")
CNI_SPECIFICATIONS = Probe((), r"versions supported:.*?(\d+\.\d+\.\d+)\s*$")
SYSTEM_FOLDERS = (Path("/usr/sbin"), Path("/sbin"))
IPTABLES_NAMES = tuple(
    f"{family}{action}"
    for family in ("iptables", "ip6tables")
    for action in ("", "-restore", "-save")
)


@dataclass(frozen=True)
class Pins:
    """The pinned versions and releases with which components are declared.

    Attributes:
        toolchain: the folder toolchain/, whose files pin every version.
        releases: the releases that can be downloaded.
        kubernetes_version: the requested version of Kubernetes, such as "1.34.4".

    Example:
        >>> class Widgets(System):
        ...     name = "widgets"
        ...
        ...     def components(self, pins: Pins) -> list[Component]:
        ...         return [Component(f"widgets-for-{pins.kubernetes_version}", makers=())]
        >>> pins = Pins(folder, releases=None, kubernetes_version="1.34.4")
        >>> [component.name for component in Widgets().components(pins)]
        ['widgets-for-1.34.4']
    """

    toolchain: Path
    releases: Releases
    kubernetes_version: str


ComponentSource = Callable[[Pins], Sequence[Component]]
"""Declare the components of the framework or of a system under test.

Raises:
    ToolchainError: a file that pins a version cannot be read.
"""


def component_table(pins: Pins, extra: Sequence[ComponentSource] = ()) -> tuple[Component, ...]:
    """Return the framework's components, then those of `extra`. Two sources may declare the same component.

    Raises:
        ToolchainError: a file that pins a version cannot be read, no file pins the requested Kubernetes, or two
            sources declare different components with the same name.
    """
    table: dict[str, Component] = {}
    for source in (framework_components, *extra):
        for component in source(pins):
            if table.setdefault(component.name, component) != component:
                raise ToolchainError(
                    f"component {component.name!r} is declared twice with different content; rename one of them"
                )
    return tuple(table.values())


def framework_components(pins: Pins) -> tuple[Component, ...]:
    """Return the components of every cluster, whatever systems run on it."""
    toolchain, releases = pins.toolchain, pins.releases
    return (
        *_kubernetes(pins.kubernetes_version, toolchain / "kubernetes", releases),
        _coredns(toolchain / "coredns", releases),
        _pause(toolchain / "pause"),
        _volume_provisioner(toolchain / "storage"),
        _kind(toolchain / "kind", releases),
        _helm(toolchain / "helm", releases),
        _containerd(toolchain / "containerd", releases),
        _runc(toolchain / "runc", releases),
        _cni_plugins(toolchain / "cni-plugins", releases),
        _iptables(),
    )


def kubernetes_versions(module: Path) -> dict[str, str]:
    """Return the versions of Kubernetes that the .mod files of a folder pin.

    Returns:
        The name of each version's file, by version, lowest version first.

    Raises:
        ToolchainError: a .mod file cannot be read.
    """
    files = module.glob("[0-9]*.mod")
    versions = {pinned(file, "k8s.io/kubernetes"): file.name for file in files}
    return dict(sorted(versions.items(), key=lambda version: parse(version[0])))


def _kubernetes(version: str, module: Path, releases: Releases) -> tuple[Component, ...]:
    versions = kubernetes_versions(module)
    if version not in versions:
        raise ToolchainError(
            f"Kubernetes {version} is not available: {module} pins {', '.join(versions)}; "
            "set MAIDENHAIR_KUBERNETES_VERSION to one of them"
        )
    go_mod = versions[version]
    etcd = pinned(module / go_mod, "go.etcd.io/etcd/server/v3")
    # Without these every component reports version v0.0.0-master.
    stamps = tuple(
        f"{package}.gitVersion=v{version}"
        for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    )
    names = [*KUBERNETES, "kubectl", LOAD_BALANCERS]
    all_in_one = {"etcd": etcd} | dict.fromkeys(names, version)
    binary = GoBinary(
        f"Kubernetes {version}", module, ".", all_in_one, stamps, 370, go_mod, inlined=True
    )
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
        Component(LOAD_BALANCERS, _load_balancers(binary, releases)),
    )


def _load_balancers(kubernetes: GoBinary, releases: Releases) -> tuple[GoBinary, GoBinary]:
    """Return the makers of the controller that gives services of type LoadBalancer their addresses.

    No project releases one. It is part of the binary of Kubernetes. Where that need not be built, because Kubernetes is
    downloaded, the controller is built alone.
    """
    version = kubernetes.versions[LOAD_BALANCERS]
    release = releases.release("kubernetes", version, KUBERNETES[0])
    alone = replace(
        kubernetes,
        title=f"{LOAD_BALANCERS} {version}",
        package=f"./{LOAD_BALANCERS}",
        versions={LOAD_BALANCERS: version},
        seconds=210,
    )
    return replace(kubernetes, unless=release), alone


def _coredns(module: Path, releases: Releases) -> Component:
    version = pinned(module / "go.mod", "github.com/coredns/coredns")
    binary = GoBinary(
        f"CoreDNS {version}", module, ".", {"coredns": version}, seconds=30, inlined=True
    )
    return Component(
        "coredns",
        (releases.release("coredns", version), binary),
        Recognition("coredns", at_least("1.11"), Probe(("-version",))),
    )


def _kind(module: Path, releases: Releases) -> Component:
    version = pinned(module / "go.mod", "sigs.k8s.io/kind")
    binary = GoBinary(f"kind {version}", module, "sigs.k8s.io/kind", {"kind": version}, seconds=30)
    # The node images in kind/node-images.yaml belong to this version's release.
    recognition = Recognition("kind", at_least(version), Probe(("version",), r"kind v(\S+)"))
    return Component("kind", (releases.release("kind", version), binary), recognition)


def _helm(module: Path, releases: Releases) -> Component:
    name, package = "helm", "helm.sh/helm/v3"
    version = pinned(module / "go.mod", package)
    stamps = (f"{package}/internal/version.version=v{version}",)
    title = f"Helm {version}"
    binary = GoBinary(
        *(title, module, f"{package}/cmd/helm", {name: version}, stamps), seconds=45, inlined=True
    )
    # Helm 4 has other flags.
    recognition = Recognition(name, near_minor(version, 6), Probe(("version", "--short")))
    return Component(name, (releases.release(name, version), binary), recognition)


def _pause(module: Path) -> Component:
    return Component("pause", (GoBinary("pause 1", module, ".", {"pause": "1"}, seconds=5),))


def _volume_provisioner(module: Path) -> Component:
    version = pinned(module / "go.mod", f"{STORAGE_LIBRARY}/v13")
    title = f"volume-provisioner {version}"
    binary = GoBinary(title, module, ".", {"volume-provisioner": version}, seconds=15, inlined=True)
    return Component("volume-provisioner", (binary,))


def _containerd(module: Path, releases: Releases) -> Component:
    name, package = "containerd", "github.com/containerd/containerd/v2"
    version = pinned(module / "go.mod", package)
    programs = (name, "containerd-shim-runc-v2", "ctr")
    packages = [f"{package}/cmd/{program}" for program in programs]
    binary = GoBinary(
        f"{name} {version}",
        module,
        packages[0],
        {name: version},
        (f"{package}/version.Version={version}",),
        seconds=45,
        beside=tuple(packages[1:]),
        # Snapshotters whose libraries or file systems many machines do not have. The nodes use overlayfs.
        tags=("no_btrfs", "no_devmapper", "no_zfs"),
        inlined=True,
    )
    # The oldest version that knows every option of the nodes' configuration.
    recognition = Recognition(name, at_least("2.1"), beside=programs[1:])
    return Component(name, (releases.release(name, version), binary), recognition)


def _runc(module: Path, releases: Releases) -> Component:
    name, package = "runc", "github.com/opencontainers/runc"
    version = pinned(module / "go.mod", package)
    binary = GoBinary(
        f"{name} {version}",
        module,
        package,
        {name: version},
        (f"main.version={version}",),
        seconds=10,
        # `netgo` and `osusergo` replace C functions that a static binary cannot call.
        tags=("seccomp", "netgo", "osusergo"),
        c_library="libseccomp-dev",
        inlined=True,
    )
    recognition = Recognition(name, at_least("1.2"), folders=SYSTEM_FOLDERS)
    return Component(name, (releases.release(name, version), binary), recognition)


def _cni_plugins(module: Path, releases: Releases) -> Component:
    name, package = "cni-plugins", "github.com/containernetworking/plugins"
    version = pinned(module / "go.mod", package)
    plugins = [f"{package}/plugins/{plugin}" for plugin in CNI_PLUGINS]
    binary = GoBinary(
        f"CNI plugins {version}",
        module,
        plugins[0],
        {name: version},
        (f"{package}/pkg/utils/buildversion.BuildVersion=v{version}",),
        seconds=10,
        beside=tuple(plugins[1:]),
        is_folder=True,
        inlined=True,
    )
    recognition = Recognition(
        "bridge",
        at_least("0.4"),
        CNI_SPECIFICATIONS,
        beside=tuple(plugin.rpartition("/")[2] for plugin in CNI_PLUGINS[1:]),
        folders=CNI_FOLDERS,
    )
    release = releases.release(name, version, is_folder=True)
    return Component(name, (release, binary), recognition, is_folder=True)


def _iptables() -> Component:
    # An installation would create these links. Debian's default is the nf_tables variant.
    links = tuple((f"usr/sbin/{name}", "xtables-nft-multi") for name in IPTABLES_NAMES)
    return Component(
        "iptables",
        (DebianPackage("iptables", "iptables", "usr/sbin", links),),
        Recognition("iptables", at_least("1.8"), beside=IPTABLES_NAMES, folders=SYSTEM_FOLDERS),
        is_folder=True,
    )

"""What an embedded cluster is made of: which components and images its profile needs, and how a node finds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from maidenhair._util.data import package_folder
from maidenhair.clusters.embedded.control_plane.control_plane import COMPONENTS as CONTROL_PLANE
from maidenhair.clusters.embedded.control_plane.control_plane import (
    NODE_COMPONENTS,
    VOLUME_PROVISIONER,
)
from maidenhair.clusters.embedded.layout import DNS_SERVICE
from maidenhair.clusters.embedded.node.node import NodeTools
from maidenhair.clusters.images import Image
from maidenhair.clusters.provider import CLUSTER_CAPABILITIES, NODE_CAPABILITIES
from maidenhair.clusters.toolchain import Tool

NODE = ("kubelet", "kube-proxy", "containerd", "runc", "cni-plugins", "iptables", "conntrack")
NODE_IMAGES = ("pause", "coredns")
DNS_REPLICAS = 2


def components_of(profile: str) -> tuple[str, ...]:
    """Return the toolchain's names of what the profile ("api" or "node") runs."""
    if profile == "api":
        return (*(name for name in CONTROL_PLANE if name not in NODE_COMPONENTS), "kubectl")
    return (*CONTROL_PLANE, "kubectl", *NODE, *NODE_IMAGES)


def capabilities_of(profile: str, nodes: int) -> frozenset[str]:
    """Return what a cluster of the profile can do that has so many nodes."""
    if profile == "api":
        return CLUSTER_CAPABILITIES
    several = {"multi-node"} if nodes > 1 else set()
    return CLUSTER_CAPABILITIES | NODE_CAPABILITIES | {"node-faults", *several}


def node_tools(
    tools: Mapping[str, Tool], images: Mapping[str, Image], mounts: Mapping[str, str]
) -> NodeTools:
    """Return what a node runs.

    Args:
        tools: the toolchain's components.
        images: the images of `NODE_IMAGES`.
        mounts: folders of this machine that every container sees, by their path there.
    """
    executables = {
        name: tools[name].path for name in ("kubelet", "kube-proxy", "containerd", "runc")
    }
    executables["ctr"] = tools["containerd"].path.with_name("ctr")
    search = [
        tools["iptables"].path,
        *(tools[name].path.parent for name in ("conntrack", "runc", "containerd")),
    ]
    environment: dict[str, str] = {}
    for tool in NODE:
        for name, value in tools[tool].environment.items():
            # All are search paths: each tool adds its folder.
            environment[name] = ":".join(filter(None, [environment.get(name), value]))
    return NodeTools(
        executables=executables,
        search=list(dict.fromkeys(search)),
        cni_plugins=tools["cni-plugins"].path,
        environment=environment,
        mounts=mounts,
        pause_image=images["pause"].name,
    )


def manifests(dns_image: str, nodes: int) -> list[dict[str, Any]]:
    """Return the manifests of what every cluster with nodes has: its DNS server and its class of volumes.

    Args:
        dns_image: the DNS server's image.
        nodes: how many nodes there are; with two, the DNS outlives the end of one.
    """
    fillings = {
        "IMAGE": dns_image,
        "ADDRESS": str(DNS_SERVICE),
        "REPLICAS": str(min(nodes, DNS_REPLICAS)),
        "PROVISIONER": VOLUME_PROVISIONER,
    }
    found: list[dict[str, Any]] = []
    for name in ("dns.yaml", "storage.yaml"):
        text = (package_folder(__package__) / name).read_text()
        for mark, filling in fillings.items():
            text = text.replace(mark, filling)
        found += yaml.safe_load_all(text)
    return found

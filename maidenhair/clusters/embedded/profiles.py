"""The profiles of embedded clusters: their components, capabilities and manifests, and the executables of a node."""

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
from maidenhair.clusters.embedded.node.runtime import NodeTools
from maidenhair.clusters.images import Image
from maidenhair.clusters.provider import CLUSTER_CAPABILITIES, NODE_CAPABILITIES
from maidenhair.clusters.toolchain import Tool

NODE = ("kubelet", "kube-proxy", "containerd", "runc", "cni-plugins", "iptables")
NODE_IMAGES = ("pause", "coredns")
DNS_REPLICAS = 2


def components_of(profile: str) -> tuple[str, ...]:
    """Return the names of the toolchain components that a profile, "api" or "node", needs."""
    if profile == "api":
        return (*(name for name in CONTROL_PLANE if name not in NODE_COMPONENTS), "kubectl")
    return (*CONTROL_PLANE, "kubectl", *NODE, *NODE_IMAGES)


def capabilities_of(profile: str, nodes: int) -> frozenset[str]:
    """Return the capabilities of a cluster.

    Args:
        profile: "api" or "node".
        nodes: the number of its nodes.
    """
    if profile == "api":
        return CLUSTER_CAPABILITIES
    several = {"multi-node"} if nodes > 1 else set()
    return CLUSTER_CAPABILITIES | NODE_CAPABILITIES | {"node-faults", *several}


def node_tools(
    tools: Mapping[str, Tool], images: Mapping[str, Image], mounts: Mapping[str, str]
) -> NodeTools:
    """Return the executables, plugins and images that a node uses.

    Args:
        tools: the toolchain components, by name.
        images: the images of `NODE_IMAGES`, by name.
        mounts: folders of this machine to mount into every container; maps the path in the container to the folder.
    """
    executables = {
        name: tools[name].path for name in ("kubelet", "kube-proxy", "containerd", "runc")
    }
    executables["ctr"] = tools["containerd"].path.with_name("ctr")
    search = [
        tools["iptables"].path,
        *(tools[name].path.parent for name in ("runc", "containerd")),
    ]
    environment: dict[str, str] = {}
    for tool in NODE:
        for name, value in tools[tool].environment.items():
            # All these variables are search paths, so the values of several tools are joined.
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
    """Return the manifests of every cluster with nodes: the DNS server and the storage class.

    Args:
        dns_image: the name of the DNS server's image.
        nodes: the number of nodes. With two or more there are two DNS servers, so that DNS survives a node's failure.
    """
    values = {
        "IMAGE": dns_image,
        "ADDRESS": str(DNS_SERVICE),
        "REPLICAS": str(min(nodes, DNS_REPLICAS)),
        "PROVISIONER": VOLUME_PROVISIONER,
    }
    found: list[dict[str, Any]] = []
    for name in ("dns.yaml", "storage.yaml"):
        text = (package_folder(__package__) / name).read_text()
        for placeholder, value in values.items():
            text = text.replace(placeholder, value)
        found += yaml.safe_load_all(text)
    return found

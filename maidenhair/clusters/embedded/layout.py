"""Names, addresses and folders of one embedded cluster: everything that follows from its name and network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from maidenhair.clusters.folder import ClusterFolder
from maidenhair.clusters.provider import check_cluster_name

NETWORKS = 200
"""How many clusters can run side by side on one machine, each in a network of its own."""
SERVICE_NETWORK = IPv4Network("10.96.0.0/16")
POD_NETWORK = IPv4Network("10.244.0.0/16")
POD_BRIDGE = "cni0"
"""The link of a node to which its pods are tied."""
KUBERNETES_SERVICE = SERVICE_NETWORK[1]
DNS_SERVICE = SERVICE_NETWORK[10]
CLUSTER_DOMAIN = "cluster.local"
NODE_PORTS = "50000-52767"
"""Node ports begin at 50000, because clients of some services expect a fixed port from there on."""
API_PORT = 6443
CONTROL_PLANE = "control-plane"
"""The name of the machine of etcd, the API server and the controllers; it is no node."""


@dataclass(frozen=True)
class Network:
    """The addresses of a cluster's machines: network `index` of `NETWORKS`.

    The host, the control plane and the nodes share 10.213.<index>.0/24; services of type LoadBalancer
    get addresses of 10.214.<index>.0/24, which the host routes to the control plane, and that to a node.
    """

    index: int

    @property
    def machines(self) -> IPv4Network:
        """The network of the host, the control plane and the nodes."""
        return IPv4Network(f"10.213.{self.index}.0/24")

    @property
    def load_balancers(self) -> IPv4Network:
        """The pool of addresses for services of type LoadBalancer."""
        return IPv4Network(f"10.214.{self.index}.0/24")

    @property
    def host(self) -> IPv4Address:
        """The host's own address."""
        return self.machines[1]

    @property
    def control_plane(self) -> IPv4Address:
        """The control plane's address, where the API server listens."""
        return self.machines[2]

    def node(self, number: int) -> IPv4Address:
        """Return the address of node `number`, counted from 1."""
        return self.machines[9 + number]

    def pods(self, number: int) -> IPv4Network:
        """Return the network of the pods of node `number`; those of other clusters may have the same."""
        return IPv4Network((int(POD_NETWORK.network_address) + number * 256, 24))


@dataclass(frozen=True)
class Layout(ClusterFolder):
    """Where one cluster keeps its files and how its parts are called on this machine."""

    @property
    def link(self) -> str:
        """The host's network link to the cluster (link names have 15 characters at most)."""
        return "mh-" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:10]

    @property
    def cgroup(self) -> str:
        """The cgroup of all the cluster's nodes, below the root of each hierarchy."""
        return f"maidenhair/{self.link}"

    @property
    def machines(self) -> Path:
        """The folder of the machines' folders."""
        return self.folder / "machines"

    @property
    def certificates(self) -> Path:
        """The folder of keys and certificates."""
        return self.folder / "pki"

    def machine(self, name: str) -> Path:
        """Return the folder of the machine (control plane or node) `name`."""
        return self.machines / name

    def node_cgroup(self, name: str) -> str:
        """Return the cgroup that all pods of a node are below."""
        return f"{self.cgroup}/{name}"


def node_name(number: int) -> str:
    """Return the name of node `number`, counted from 1."""
    return f"node-{number}"


def layout_for(name: str, state: Path) -> Layout:
    """Return the layout of the cluster `name` below the folder `state`.

    Raises:
        ConfigurationError: the name cannot be one of a cluster.
    """
    check_cluster_name(name)
    return Layout(name, state / "clusters" / name)

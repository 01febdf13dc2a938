"""The names, addresses and folders of one embedded cluster, derived from its name and network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from maidenhair.clusters.folder import ClusterFolder, check_cluster_name

NETWORKS = 200
"""The number of clusters that can run on one machine at the same time, each in its own network."""
SERVICE_NETWORK = IPv4Network("10.96.0.0/16")
POD_NETWORK = IPv4Network("10.244.0.0/16")
POD_BRIDGE = "cni0"
"""The bridge on a node that connects its pods."""
KUBERNETES_SERVICE = SERVICE_NETWORK[1]
DNS_SERVICE = SERVICE_NETWORK[10]
CLUSTER_DOMAIN = "cluster.local"
NODE_PORTS = "50000-52767"
"""Node ports start at 50000, because clients of some services expect a fixed port in this range."""
API_PORT = 6443
CONTROL_PLANE = "control-plane"
"""The name of the machine that runs etcd, the API server and the controllers. It is not a node."""


@dataclass(frozen=True)
class Network:
    """The addresses of a cluster's machines.

    The host, the control plane and the nodes have addresses in 10.213.<index>.0/24. Services of type LoadBalancer get
    addresses in 10.214.<index>.0/24, which the host routes to the control plane, and the control plane to a node.

    Attributes:
        index: the network's number, from 0 to `NETWORKS` - 1.
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
        """The host's address."""
        return self.machines[1]

    @property
    def control_plane(self) -> IPv4Address:
        """The control plane's address, where the API server listens."""
        return self.machines[2]

    def node(self, number: int) -> IPv4Address:
        """Return the address of node `number`, counted from 1."""
        return self.machines[9 + number]

    def pods(self, number: int) -> IPv4Network:
        """Return the network of the pods of node `number`, counted from 1. Pods of another cluster may use it too."""
        return IPv4Network((int(POD_NETWORK.network_address) + number * 256, 24))


@dataclass(frozen=True)
class Layout(ClusterFolder):
    """The files of an embedded cluster, and the names of its parts on this machine."""

    @property
    def link(self) -> str:
        """The host's network link to the cluster. The kernel allows 15 characters."""
        return "mh-" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:10]

    @property
    def cgroup(self) -> str:
        """The cgroup of all the cluster's nodes, below the root of each hierarchy."""
        return f"maidenhair/{self.link}"

    @property
    def machines(self) -> Path:
        """The folder that contains a folder per machine."""
        return self.folder / "machines"

    @property
    def certificates(self) -> Path:
        """The folder of keys and certificates."""
        return self.folder / "pki"

    def machine(self, name: str) -> Path:
        """Return the folder of a machine: the control plane or a node."""
        return self.machines / name

    def node_cgroup(self, name: str) -> str:
        """Return the cgroup that contains all pods of a node."""
        return f"{self.cgroup}/{name}"


def node_name(number: int) -> str:
    """Return the name of node `number`, counted from 1."""
    return f"node-{number}"


def layout_for(name: str, state: Path) -> Layout:
    """Return the layout of a cluster.

    Args:
        name: the cluster's name.
        state: the folder of running clusters.

    Raises:
        ConfigurationError: the name is invalid.
    """
    check_cluster_name(name)
    return Layout(name, state / "clusters" / name)

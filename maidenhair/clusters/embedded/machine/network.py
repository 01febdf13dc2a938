"""The network links between the host, the control plane and the nodes.

The bridge is in the control plane's network namespace, so the host has only one link and two routes, and no packet
between machines passes the host's packet filter. The kernel removes everything with the namespaces.
"""

from __future__ import annotations

import errno
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import TypeVar

from filelock import FileLock
from pyroute2 import IPRoute, NetlinkError, netns

from maidenhair._util import paths
from maidenhair.clusters.embedded.layout import (
    NETWORKS,
    POD_BRIDGE,
    SERVICE_NETWORK,
    Layout,
    Network,
    node_name,
)
from maidenhair.errors import ClusterError

BRIDGE = "br0"

Result = TypeVar("Result")


@contextmanager
def network_lock() -> Iterator[None]:
    """Hold the lock for choosing a network. Release it once the chosen network's link exists."""
    locks = paths.cache_dir() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / "networks.lock"):
        yield


def choose_network(layout: Layout) -> Network:
    """Return a network that no route of the host uses. The search begins at a number derived from the folder.

    Raises:
        ClusterError: all networks are in use.
    """
    with IPRoute() as host:
        taken = [_destination(route) for route in host.get_routes(family=2)]
    begin = zlib.crc32(str(layout.folder).encode()) % NETWORKS
    for offset in range(NETWORKS):
        network = Network((begin + offset) % NETWORKS)
        parts = (network.machines, network.load_balancers)
        if not any(route.overlaps(part) for route in taken if route.prefixlen for part in parts):
            return network
    raise ClusterError(
        f"all {NETWORKS} networks for clusters are in use; remove a cluster with `maidenhair cluster down`"
    )


def connect_control_plane(layout: Layout, network: Network, nodes: int, pid: int) -> None:
    """Link the host to the control plane, and create the bridge there.

    Args:
        layout: the cluster's layout.
        network: the cluster's addresses.
        nodes: the number of nodes, to whose pods the control plane gets routes.
        pid: a process of the control plane.
    """

    def configure(machine: IPRoute) -> None:
        # With a fixed MAC address: otherwise the bridge has the lowest of its links' addresses, which changes with the
        # nodes, and other machines would send to the old one until their ARP entries expire.
        machine.link("add", ifname=BRIDGE, kind="bridge", address=_mac(network.control_plane))
        bridge = _index(machine, BRIDGE)
        machine.link("set", index=_index(machine, "host"), master=bridge, state="up")
        _configure(machine, BRIDGE, network.control_plane, network)
        _route_pods(machine, network, range(1, nodes + 1))

    with IPRoute() as host:
        host.link(
            "add", ifname=layout.link, kind="veth", peer={"ifname": "host", "net_ns_pid": pid}
        )
        index = _index(host, layout.link)
        host.addr(
            "add", index=index, address=str(network.host), prefixlen=network.machines.prefixlen
        )
        host.link("set", index=index, state="up")
        gateway = str(network.control_plane)
        host.route("add", dst=str(network.load_balancers), gateway=gateway, oif=index)
    _in_namespace(pid, configure)


def connect_node(network: Network, number: int, nodes: int, control_plane: int, pid: int) -> None:
    """Link a node to the control plane's bridge.

    Args:
        network: the cluster's addresses.
        number: the node's number, counted from 1.
        nodes: the number of nodes, to whose pods the node gets routes.
        control_plane: a process of the control plane.
        pid: a process of the node.
    """
    link = node_name(number)

    def attach(machine: IPRoute) -> None:
        machine.link("set", index=_index(machine, link), master=_index(machine, BRIDGE), state="up")

    def configure(machine: IPRoute) -> None:
        _configure(machine, "eth0", network.node(number), network)
        others = [other for other in range(1, nodes + 1) if other != number]
        _route_pods(machine, network, others)
        # Packets to a service that kube-proxy does not know yet are rejected at once, so that the pod can retry. If
        # they left the node, the connection would bypass kube-proxy, and the pod would wait for half a minute.
        machine.rule(
            "add", dst=str(SERVICE_NETWORK), iifname=POD_BRIDGE, action="FR_ACT_UNREACHABLE"
        )

    with IPRoute() as host:
        # A machine that starts again has the same MAC address.
        address = _mac(network.node(number))
        peer = {"ifname": "eth0", "net_ns_pid": pid, "address": address}
        host.link("add", ifname=link, kind="veth", net_ns_pid=control_plane, peer=peer)
    _in_namespace(control_plane, attach)
    _in_namespace(pid, configure)


def disconnect_node(number: int, control_plane: int) -> None:
    """Remove a node's link from the control plane, unless it is gone with the node's namespaces."""
    _in_namespace(control_plane, lambda machine: _remove_link(machine, node_name(number)))


def disconnect(layout: Layout) -> None:
    """Remove the host's link to the cluster, unless it is gone with the namespaces."""
    with IPRoute() as host:
        _remove_link(host, layout.link)


def has_link(layout: Layout) -> bool:
    """Return whether the host's link to the cluster exists."""
    return Path("/sys/class/net", layout.link).exists()


def _in_namespace(pid: int, work: Callable[[IPRoute], Result]) -> Result:
    """Call `work` in the network namespace of process `pid`, and return its result.

    A new thread enters the namespace. pyroute2 would fork this process instead, which may hang if another thread holds
    a lock, such as the import lock.
    """

    def enter() -> Result:
        netns.setns(f"/proc/{pid}/ns/net", flags=0, fork=False)
        with IPRoute() as machine:
            return work(machine)

    with ThreadPoolExecutor(1) as executor:
        return executor.submit(enter).result()


def _configure(machine: IPRoute, link: str, address: IPv4Address, network: Network) -> None:
    machine.link("set", index=_index(machine, "lo"), state="up")
    index = _index(machine, link)
    machine.addr("add", index=index, address=str(address), prefixlen=network.machines.prefixlen)
    machine.link("set", index=index, state="up")
    machine.route("add", dst="default", gateway=str(network.host))


def _route_pods(machine: IPRoute, network: Network, numbers: Iterable[int]) -> None:
    for number in numbers:
        machine.route("add", dst=str(network.pods(number)), gateway=str(network.node(number)))


def _mac(address: IPv4Address) -> str:
    """Return the MAC address of the machine with an IP address, from the range for local use."""
    return ":".join(f"{part:02x}" for part in (2, 0, *address.packed))


def _remove_link(machine: IPRoute, name: str) -> None:
    for index in machine.link_lookup(ifname=name):
        try:
            machine.link("del", index=index)
        except NetlinkError as error:
            # The kernel may have just removed it with a namespace.
            if error.code != errno.ENODEV:
                raise


def _index(netlink: IPRoute, name: str) -> int:
    indexes = netlink.link_lookup(ifname=name)
    if not indexes:
        raise ClusterError(f"network link {name} does not exist")
    return int(indexes[0])


def _destination(route: object) -> IPv4Network:
    address = route.get_attr("RTA_DST") or "0.0.0.0"  # type: ignore[attr-defined]
    return IPv4Network(f"{address}/{route['dst_len']}")  # type: ignore[index]

"""The links between the host, the control plane and the nodes.

The control plane's network namespace holds the bridge, so the host gets a single link and two routes and no
packet between machines passes the host's packet filter. Everything vanishes with the namespaces.
"""

from __future__ import annotations

import errno
import zlib
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from pyroute2 import IPRoute, NetlinkError, NetNS, config

from maidenhair.clusters.embedded.layout import NETWORKS, Layout, Network
from maidenhair.errors import ClusterError

BRIDGE = "br0"

# To enter a namespace pyroute2 forks this process, and ends the child with SIGTERM: the child must not run this
# process's handler, which would undo the cluster that is being made.
config.disable_mp_signal = True


def choose_network(layout: Layout) -> Network:
    """Return a network that no link or route of the host has, beginning at one that the cluster's folder gives.

    Raises:
        ClusterError: all are taken.
    """
    with IPRoute() as host:
        taken = [_destination(route) for route in host.get_routes(family=2)]
    begin = zlib.crc32(str(layout.folder).encode()) % NETWORKS
    for offset in range(NETWORKS):
        network = Network((begin + offset) % NETWORKS)
        ours = (network.machines, network.load_balancers)
        if not any(route.overlaps(mine) for route in taken if route.prefixlen for mine in ours):
            return network
    raise ClusterError(
        f"all {NETWORKS} networks for clusters are taken; remove a cluster (`maidenhair cluster down`)"
    )


def connect_control_plane(layout: Layout, network: Network, pid: int) -> None:
    """Link the host and the control plane, whose namespaces are those of process `pid`."""
    with IPRoute() as host:
        host.link(
            "add", ifname=layout.link, kind="veth", peer={"ifname": "host", "net_ns_pid": pid}
        )
        index = _index(host, layout.link)
        host.addr(
            "add", index=index, address=str(network.host), prefixlen=network.machines.prefixlen
        )
        host.link("set", index=index, state="up")
        host.route("add", dst=str(network.load_balancers), gateway=str(network.node(1)), oif=index)
    with _namespace(pid) as machine:
        machine.link("add", ifname=BRIDGE, kind="bridge")
        bridge = _index(machine, BRIDGE)
        machine.link("set", index=_index(machine, "host"), master=bridge, state="up")
        _configure(machine, BRIDGE, network.control_plane, network)


def connect_node(network: Network, control_plane: int, number: int, pid: int) -> None:
    """Link node `number`, whose namespaces are those of process `pid`, to the control plane's bridge."""
    link = f"node-{number}"
    with IPRoute() as host:
        peer = {"ifname": "eth0", "net_ns_pid": pid}
        host.link("add", ifname=link, kind="veth", net_ns_pid=control_plane, peer=peer)
    with _namespace(control_plane) as machine:
        bridge = _index(machine, BRIDGE)
        machine.link("set", index=_index(machine, link), master=bridge, state="up")
    with _namespace(pid) as machine:
        _configure(machine, "eth0", network.node(number), network)


def route_pods(pids: Iterable[int], pods: IPv4Network, node: IPv4Address) -> None:
    """Let the machines of the processes `pids` reach the pods of a node."""
    for pid in pids:
        with _namespace(pid) as machine:
            machine.route("replace", dst=str(pods), gateway=str(node))


def disconnect(layout: Layout) -> None:
    """Remove the host's link, if the end of the namespaces has not done it."""
    with IPRoute() as host:
        for index in host.link_lookup(ifname=layout.link):
            try:
                host.link("del", index=index)
            except NetlinkError as error:
                # The end of the namespaces removes it too, and may just have done so.
                if error.code != errno.ENODEV:
                    raise


def has_link(layout: Layout) -> bool:
    """Return whether the host has the cluster's link."""
    return Path("/sys/class/net", layout.link).exists()


def _configure(machine: IPRoute, link: str, address: IPv4Address, network: Network) -> None:
    machine.link("set", index=_index(machine, "lo"), state="up")
    index = _index(machine, link)
    machine.addr("add", index=index, address=str(address), prefixlen=network.machines.prefixlen)
    machine.link("set", index=index, state="up")
    machine.route("add", dst="default", gateway=str(network.host))


def _namespace(pid: int) -> NetNS:
    return NetNS(f"/proc/{pid}/ns/net", flags=0)


def _index(netlink: IPRoute, name: str) -> int:
    indexes = netlink.link_lookup(ifname=name)
    if not indexes:
        raise ClusterError(f"network link {name} is not there")
    return int(indexes[0])


def _destination(route: object) -> IPv4Network:
    address = route.get_attr("RTA_DST") or "0.0.0.0"  # type: ignore[attr-defined]
    return IPv4Network(f"{address}/{route['dst_len']}")  # type: ignore[index]

"""A node: its components, the configuration of kubelet and kube-proxy, and the mounts that protect the host."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import yaml

from maidenhair.clusters.embedded.layout import (
    CLUSTER_DOMAIN,
    DNS_SERVICE,
    POD_BRIDGE,
    POD_NETWORK,
    Layout,
    Network,
    node_name,
)
from maidenhair.clusters.embedded.machine.machine import Component, Mount
from maidenhair.clusters.embedded.node.runtime import (
    SOCKET,
    NodeTools,
    write_runtime_configuration,
)

KUBELET = "/var/lib/kubelet"
"""The kubelet's folder. Plug-ins expect it at this path, so every node has its own folder mounted there."""
SCRATCH = "/run/maidenhair"
ROLE = "node-role.kubernetes.io/control-plane"
LEASE_SECONDS = 8
"""The duration of a node's Lease. The kubelet renews it after a quarter of that time."""
STATUS_FREQUENCY = "1s"


@dataclass(frozen=True)
class Node:
    """One node of a cluster. The first node has the control-plane role; all nodes run pods.

    Attributes:
        layout: the cluster's layout.
        tools: the executables, plugins and images.
        network: the cluster's network.
        number: the node's number, counted from 1.
        feature_gates: the feature gates of kubelet and kube-proxy, such as "SomeFeature=true".
    """

    layout: Layout
    tools: NodeTools
    network: Network
    number: int
    feature_gates: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The node's name in the cluster."""
        return node_name(self.number)

    @property
    def address(self) -> IPv4Address:
        """The node's address."""
        return self.network.node(self.number)

    @property
    def folder(self) -> Path:
        """The folder of the node's files."""
        return self.layout.machine(self.name)

    @property
    def cgroup(self) -> str:
        """The cgroup that contains all pods of the node."""
        return self.layout.node_cgroup(self.name)

    def manifest(self) -> dict[str, Any]:
        """Return the Node object, which is created before the kubelet registers.

        A kubelet is not allowed to set its role. With the pod network set here, neither the node nor the routes to it
        wait for a controller.
        """
        pods = str(self.network.pods(self.number))
        labels = {ROLE: ""} if self.number == 1 else {}
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "labels": labels},
            "spec": {"podCIDR": pods, "podCIDRs": [pods]},
        }

    def components(self) -> list[Component]:
        """Return the node's components, in the order in which they start."""
        return [self.containerd(), self.kubelet(), self.kube_proxy()]

    def mounts(self) -> list[Mount]:
        """Return the node's mounts, in the order in which they are made."""
        # The overlays allow mount points in folders of the host without changing the host. The cluster's folder is
        # mounted again below them, because containerd's overlays cannot be on an overlay.
        own = str(self.layout.folder)
        return [
            Mount("tmpfs", "/run", shared=True),
            Mount("bind", f"{SCRATCH}/cluster", own),
            Mount("overlay", "/var/lib", f"{SCRATCH}/var-lib"),
            Mount("overlay", "/var/log", f"{SCRATCH}/var-log"),
            Mount("bind", own, f"{SCRATCH}/cluster"),
            Mount("bind", KUBELET, str(self.folder / "kubelet"), shared=True),
            # The addresses of pods, which are invalid after a restart of the machine.
            Mount("tmpfs", "/var/lib/cni"),
            Mount("bind", "/var/log/pods", str(self.folder / "pod-logs")),
        ]

    def write_configuration(self) -> None:
        """Write the configuration files of the node's components."""
        for name in ("kubelet", "cni", "pod-logs", "containerd", "volumes"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        write_runtime_configuration(self.tools, self.folder)
        (self.folder / "cni" / "10-maidenhair.conflist").write_text(json.dumps(self._pod_network()))
        _write_yaml(self.folder / "kubelet.yaml", self._kubelet())
        _write_yaml(self.folder / "kube-proxy.yaml", self._kube_proxy())
        (self.folder / "resolv.conf").write_text("# No name outside the cluster can be resolved.\n")

    def containerd(self) -> Component:
        """Return the container runtime."""
        return self._component(
            "containerd", f"--config={self.folder / 'containerd.toml'}", "--log-level=warn"
        )

    def kubelet(self) -> Component:
        """Return the kubelet. It needs containerd's socket and the API server."""
        return self._component(
            "kubelet",
            f"--config={self.folder / 'kubelet.yaml'}",
            f"--kubeconfig={self.layout.certificates / self.name}.kubeconfig",
            f"--hostname-override={self.name}",
            f"--node-ip={self.address}",
            f"--root-dir={KUBELET}",
            f"--cert-dir={KUBELET}/pki",
        )

    def kube_proxy(self) -> Component:
        """kube-proxy; it needs the API server."""
        return self._component("kube-proxy", f"--config={self.folder / 'kube-proxy.yaml'}")

    def _component(self, name: str, *arguments: str) -> Component:
        search = ":".join([*map(str, self.tools.search), "/usr/sbin:/usr/bin:/sbin:/bin"])
        environment = {**self.tools.environment, "PATH": search}
        return Component(name, (str(self.tools.executables[name]), *arguments), environment)

    def _pod_network(self) -> dict[str, Any]:
        pods = self.network.pods(self.number)
        bridge = {
            "type": "bridge",
            "bridge": POD_BRIDGE,
            "isGateway": True,
            "ipMasq": False,
            "hairpinMode": True,
            "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": str(pods)}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }
        portmap = {"type": "portmap", "capabilities": {"portMappings": True}}
        return {"cniVersion": "1.0.0", "name": "maidenhair", "plugins": [bridge, portmap]}

    def _kubelet(self) -> dict[str, Any]:
        pki = self.layout.certificates
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "x509": {"clientCAFile": str(pki / "ca.crt")},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(pki / f"{self.name}.crt"),
            "tlsPrivateKeyFile": str(pki / f"{self.name}.key"),
            "clusterDNS": [str(DNS_SERVICE)],
            "clusterDomain": CLUSTER_DOMAIN,
            "containerRuntimeEndpoint": f"unix://{SOCKET}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self.cgroup}",
            "resolvConf": str(self.folder / "resolv.conf"),
            "volumePluginDir": f"{KUBELET}/volume-plugins",
            "nodeLeaseDurationSeconds": LEASE_SECONDS,
            # The update frequency limits how late a change of the node's status reaches the API. The report frequency
            # applies to an unchanged status, and defaults to the update frequency.
            "nodeStatusUpdateFrequency": STATUS_FREQUENCY,
            "nodeStatusReportFrequency": "5m",
            "failSwapOn": False,
            # By default the kubelet refuses cgroup v1 from Kubernetes 1.35 on.
            "failCgroupV1": False,
            "serializeImagePulls": False,
            # The node shares the host's disk, so the free space is no sign of disk pressure on the node.
            "evictionHard": {
                "memory.available": "100Mi",
                "nodefs.available": "0%",
                "imagefs.available": "0%",
            },
            "imageGCHighThresholdPercent": 100,
            "featureGates": self._gates(),
        }

    def _kube_proxy(self) -> dict[str, Any]:
        return {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "iptables",
            "clusterCIDR": str(POD_NETWORK),
            "hostnameOverride": self.name,
            "featureGates": self._gates(),
            "clientConnection": {
                "kubeconfig": str(self.layout.certificates / "kube-proxy.kubeconfig")
            },
            # The host's kernel has one connection table for all nodes, so a node does not change its limits.
            "conntrack": {
                "maxPerCore": 0,
                "min": 0,
                "tcpEstablishedTimeout": "0s",
                "tcpCloseWaitTimeout": "0s",
            },
        }

    def _gates(self) -> dict[str, bool]:
        gates = (gate.split("=") for gate in self.feature_gates)
        return {name: value == "true" for name, value in gates}


def _write_yaml(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(dict(content), sort_keys=False))

"""The control plane's components: their certificates, kubeconfigs and command lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from maidenhair._util.ports import free_ports
from maidenhair.clusters.embedded.control_plane.certificates import Authority
from maidenhair.clusters.embedded.control_plane.kubeconfigs import write_kubeconfig
from maidenhair.clusters.embedded.layout import (
    API_PORT,
    CLUSTER_DOMAIN,
    CONTROL_PLANE,
    KUBERNETES_SERVICE,
    NODE_PORTS,
    SERVICE_NETWORK,
    Layout,
    Network,
)
from maidenhair.clusters.embedded.machine.machine import Component

LOOPBACK = IPv4Address("127.0.0.1")
COMPONENTS = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "cloud-controller-manager",
    "volume-provisioner",
)
NODE_COMPONENTS = ("cloud-controller-manager", "volume-provisioner")
"""The components that need nodes; profile "api" does not run them."""
SILENCE = "15s"
"""The grace period after which a silent node counts as NotReady. The default of 50 s would make fault tests slow."""
VOLUME_PROVISIONER = "maidenhair:volume-provisioner"
"""The user of the volume provisioner; storage.yaml has its permissions."""
ISSUER = f"https://kubernetes.default.svc.{CLUSTER_DOMAIN}"


@dataclass(frozen=True)
class Ports:
    """The ports of the control plane. The defaults are for a machine with its own network namespace."""

    api: int = API_PORT
    etcd: int = 2379
    etcd_peer: int = 2380


def ports_of_host() -> Ports:
    """Return ports that are free on this host."""
    return Ports(*free_ports(3, str(LOOPBACK)))


@dataclass(frozen=True)
class ControlPlane:
    """The control plane of a cluster.

    Attributes:
        layout: the cluster's names and folders.
        tools: the path of each component's executable, by the component's name.
        network: the cluster's network; None if the control plane runs on the host, without nodes.
        ports: the ports that it listens on.
        feature_gates: the feature gates of its components, such as "SomeFeature=true".
    """

    layout: Layout
    tools: Mapping[str, Path]
    network: Network | None
    ports: Ports
    feature_gates: Sequence[str] = ()

    @property
    def address(self) -> IPv4Address:
        """The address of the API server."""
        return self.network.control_plane if self.network else LOOPBACK

    @property
    def server(self) -> str:
        """The API server's URL."""
        return f"https://{self.address}:{self.ports.api}"

    @property
    def data(self) -> Path:
        """The folder of etcd's data."""
        return self.layout.machine(CONTROL_PLANE) / "etcd"

    def write_credentials(self, nodes: Mapping[str, IPv4Address]) -> None:
        """Write all keys, certificates and kubeconfigs of the cluster.

        Args:
            nodes: the address of each node, by the node's name.
        """
        pki = self.layout.certificates
        authority = Authority(pki)
        names = [
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            ISSUER.removeprefix("https://"),
        ]
        addresses = [LOOPBACK, KUBERNETES_SERVICE, self.address]
        authority.sign(
            "kube-apiserver",
            "kube-apiserver",
            dns=["localhost", *names],
            addresses=dict.fromkeys(addresses),
        )
        authority.service_account_key()
        authority.sign("admin", "maidenhair-admin", ["system:masters"])
        authority.sign("kubelet-client", "kube-apiserver-kubelet-client", ["system:masters"])
        authority.sign("cloud-controller-manager", "cloud-controller-manager", ["system:masters"])
        authority.sign("volume-provisioner", VOLUME_PROVISIONER)
        for component in ("kube-controller-manager", "kube-scheduler", "kube-proxy"):
            authority.sign(component, f"system:{component}")
        for node, address in nodes.items():
            authority.sign(
                node, f"system:node:{node}", ["system:nodes"], dns=[node], addresses=[address]
            )
        for user in (
            "cloud-controller-manager",
            "kube-controller-manager",
            "kube-scheduler",
            "kube-proxy",
            "volume-provisioner",
            *nodes,
        ):
            self._write_kubeconfig(pki / f"{user}.kubeconfig", user)
        self._write_kubeconfig(self.layout.kubeconfig, "admin")

    def components(self) -> list[Component]:
        """All components, in the order in which they start."""
        return [self.etcd(), self.api_server(), *self.controllers()]

    def etcd(self) -> Component:
        """etcd, without fsync because the data need not survive a crash of the host."""
        client = f"http://{LOOPBACK}:{self.ports.etcd}"
        peer = f"http://{LOOPBACK}:{self.ports.etcd_peer}"
        return self._component(
            "etcd",
            f"--data-dir={self.data}",
            "--unsafe-no-fsync=true",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--log-level=warn",
        )

    def api_server(self) -> Component:
        """Return the API server."""
        pki = self.layout.certificates
        arguments = [
            f"--advertise-address={self.address}",
            f"--secure-port={self.ports.api}",
            f"--etcd-servers=http://{LOOPBACK}:{self.ports.etcd}",
            f"--client-ca-file={pki}/ca.crt",
            f"--tls-cert-file={pki}/kube-apiserver.crt",
            f"--tls-private-key-file={pki}/kube-apiserver.key",
            f"--service-account-issuer={ISSUER}",
            f"--service-account-key-file={pki}/service-accounts.key",
            f"--service-account-signing-key-file={pki}/service-accounts.key",
            f"--service-cluster-ip-range={SERVICE_NETWORK}",
            f"--service-node-port-range={NODE_PORTS}",
            f"--kubelet-client-certificate={pki}/kubelet-client.crt",
            f"--kubelet-client-key={pki}/kubelet-client.key",
            f"--kubelet-certificate-authority={pki}/ca.crt",
            # By default logs and exec resolve the node's name with the host's DNS.
            "--kubelet-preferred-address-types=InternalIP",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
            # Webhooks are called at the pods' addresses, because the control plane has no kube-proxy.
            "--enable-aggregator-routing=true",
            "--profiling=false",
        ]
        if self.network is None:
            # A loopback address is not a valid endpoint of the service "kubernetes".
            arguments += [f"--bind-address={LOOPBACK}", "--endpoint-reconciler-type=none"]
        return self._component("kube-apiserver", *arguments, *self._gates())

    def controllers(self) -> list[Component]:
        """Return the controllers and the scheduler. The API server must be ready before they start."""
        pki = self.layout.certificates
        common = ["--leader-elect=false", "--secure-port=0", "--profiling=false"]
        controller_manager = self._component(
            "kube-controller-manager",
            *common,
            f"--kubeconfig={pki}/kube-controller-manager.kubeconfig",
            f"--root-ca-file={pki}/ca.crt",
            f"--service-account-private-key-file={pki}/service-accounts.key",
            "--use-service-account-credentials=true",
            f"--node-monitor-grace-period={SILENCE}",
            "--node-monitor-period=1s",
            # With the default of 20 requests a second the controllers wait for each other's token requests.
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
            *self._gates(),
        )
        scheduler = self._component(
            "kube-scheduler",
            *common,
            f"--kubeconfig={pki}/kube-scheduler.kubeconfig",
            *self._gates(),
        )
        if self.network is None:
            return [controller_manager, scheduler]
        cloud = self._component(
            "cloud-controller-manager",
            *common,
            f"--kubeconfig={pki}/cloud-controller-manager.kubeconfig",
            environment={"MAIDENHAIR_LOAD_BALANCER_CIDR": str(self.network.load_balancers)},
        )
        volumes = self._component(
            "volume-provisioner",
            f"--kubeconfig={pki}/volume-provisioner.kubeconfig",
            f"--machines={self.layout.machines}",
        )
        return [controller_manager, scheduler, cloud, volumes]

    def _gates(self) -> list[str]:
        return [f"--feature-gates={','.join(self.feature_gates)}"] if self.feature_gates else []

    def _component(
        self, name: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> Component:
        return Component(name, (str(self.tools[name]), *arguments), environment or {})

    def _write_kubeconfig(self, path: Path, user: str) -> None:
        context = f"maidenhair-{self.layout.name}"
        write_kubeconfig(path, context, self.server, self.layout.certificates, user)

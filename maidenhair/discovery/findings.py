"""What was found out about a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class NodeFound:
    """A node.

    Attributes:
        name: its name.
        ready: whether it is Ready.
        takes_pods: whether pods without tolerations are scheduled to it: no cordon, no taint, and a real kubelet.
        kubelet: the kubelet's version.
        runtime: the container runtime and its version; "" where nothing runs containers, as on simulated nodes.
        devices: what device plugins made allocatable, by resource.
        hami: the vendors whose devices HAMi knows there.
    """

    name: str
    ready: bool
    takes_pods: bool
    kubelet: str
    runtime: str
    devices: Mapping[str, int] = field(default_factory=dict)
    hami: tuple[str, ...] = ()


@dataclass(frozen=True)
class GatewayFound:
    """The Gateway by which Computes are reached.

    Attributes:
        name: its namespace and name.
        gateway_class: its class.
        controller: what acts on that class; "" where the class is not there or may not be seen.
        programmed: whether it is programmed.
        told: why it is not.
        addresses: its addresses; SkyTorch's client takes localhost where there are none.
    """

    name: str
    gateway_class: str
    controller: str
    programmed: bool
    told: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class OperatorFound:
    """The SkyTorch operator: its Deployment, its image, and how many of its pods are available."""

    name: str
    image: str
    available: int
    wanted: int


@dataclass(frozen=True)
class HamiFound:
    """HAMi: its webhook, and where that is served."""

    webhook: str
    served_by: str


@dataclass(frozen=True)
class StorageFound:
    """The default StorageClass and its provisioner."""

    name: str
    provisioner: str


@dataclass(frozen=True)
class Findings:
    """What was found out about a cluster.

    Attributes:
        server: the API server's address.
        version: the version of Kubernetes.
        user: the account that asked; "" where the API server does not tell.
        nodes: the nodes.
        gateway: the Gateway of SkyTorch.
        operator: SkyTorch's operator.
        compute_versions: the versions of the Compute API that are served.
        compute_fields: the fields of a Compute's spec.
        dra_versions: the versions of `resource.k8s.io` that are served.
        device_classes: the DeviceClasses.
        hami: HAMi.
        storage: the default storage.
        helm: the helm of this machine.
        missing: in words, the rights that the account lacks.
        unseen: what could not be looked at, and why.
        no_accounts: in words, the rights that the account lacks to make other accounts.
        no_simulated: in words, the rights that the account lacks to simulate nodes.
        sdk: the version of SkyTorch that programs on this machine use.
    """

    server: str
    version: str
    user: str = ""
    nodes: tuple[NodeFound, ...] = ()
    gateway: GatewayFound | None = None
    operator: OperatorFound | None = None
    compute_versions: tuple[str, ...] = ()
    compute_fields: tuple[str, ...] = ()
    dra_versions: tuple[str, ...] = ()
    device_classes: tuple[str, ...] = ()
    hami: HamiFound | None = None
    storage: StorageFound | None = None
    helm: str | None = None
    missing: tuple[str, ...] = ()
    unseen: Mapping[str, str] = field(default_factory=dict)
    no_accounts: tuple[str, ...] = ()
    no_simulated: tuple[str, ...] = ()
    sdk: str = "0.2.0"

    @property
    def usable_nodes(self) -> tuple[NodeFound, ...]:
        """Return the nodes that are Ready and take pods."""
        return tuple(node for node in self.nodes if node.ready and node.takes_pods)

    @property
    def devices(self) -> dict[str, int]:
        """Return how many devices of each resource the nodes have; those of simulated nodes are none."""
        total: dict[str, int] = {}
        for node in (each for each in self.nodes if each.runtime):
            for resource, count in node.devices.items():
                total[resource] = total.get(resource, 0) + count
        return total

"""Where a Compute is reached: its address from its status, its name from the metadata of every call."""

from __future__ import annotations

from dataclasses import dataclass

from maidenhair.kube import Kube, Object
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE
from maidenhair.systems.skytorch.stack.state import GATEWAY

GATEWAY_API = "gateway.networking.k8s.io/v1"
GATEWAY_PORT = 50051
WITHOUT_ADDRESS = "localhost"


@dataclass(frozen=True)
class Endpoint:
    """The way to one Compute through the Gateway.

    Attributes:
        host: the Gateway's address, as the Compute's status tells it.
        port: the Gateway's port.
        compute_id: the Compute as "<namespace>/<name>", by which the Gateway routes; None names no Compute.
    """

    host: str
    port: int
    compute_id: str | None

    @property
    def target(self) -> str:
        """Return the address as gRPC takes it, "host:port"."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Return what every call has to carry."""
        return (("compute-id", self.compute_id),) if self.compute_id is not None else ()


def gateway_addresses(kube: Kube) -> list[str]:
    """Return the addresses that the Gateway of the stack has; none where it is reached through its nodes' ports.

    Raises:
        KubernetesError: the API could not be used.
    """
    gateway = kube.get(GATEWAY_API, "Gateway", GATEWAY, NAMESPACE) or {}
    return [each["value"] for each in (gateway.get("status") or {}).get("addresses") or []]


def gateway_endpoint(kube: Kube, compute_id: str | None, port: int = GATEWAY_PORT) -> Endpoint:
    """Return the endpoint of a Compute whose status tells no address (yet), or which does not exist.

    Raises:
        KubernetesError: the API could not be used.
    """
    addresses = gateway_addresses(kube) or [WITHOUT_ADDRESS]
    return Endpoint(addresses[0], port, compute_id)


def endpoint_of(compute: Object, port: int = GATEWAY_PORT) -> Endpoint:
    """Return the endpoint of a Compute object: the first address of its status, else localhost.

    So SkyTorch's own client finds it; localhost is for clusters that map the Gateway's port to this machine.
    """
    metadata = compute["metadata"]
    addresses = (compute.get("status") or {}).get("addresses") or [{"value": WITHOUT_ADDRESS}]
    return Endpoint(addresses[0]["value"], port, f"{metadata['namespace']}/{metadata['name']}")

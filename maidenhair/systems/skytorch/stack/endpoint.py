"""Endpoints of Computes: the address of the Gateway, and the call metadata by which the Gateway routes."""

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
    """The endpoint of one Compute at the Gateway.

    Attributes:
        host: the Gateway's address, from the Compute's status.
        port: the Gateway's port.
        compute_id: the Compute as "<namespace>/<name>", by which the Gateway routes; None for calls without it.

    Example:
        >>> endpoint = Endpoint("10.0.0.1", 50051, "lab/trainer")
        >>> endpoint.target, endpoint.metadata
        ('10.0.0.1:50051', (('compute-id', 'lab/trainer'),))
    """

    host: str
    port: int
    compute_id: str | None

    @property
    def target(self) -> str:
        """Return the address in gRPC's form, "host:port"."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Return the metadata for every call."""
        return (("compute-id", self.compute_id),) if self.compute_id is not None else ()


def gateway_addresses(kube: Kube) -> list[str]:
    """Return the addresses of the stack's Gateway. It has none if it is reached through ports of its nodes.

    Raises:
        KubernetesError: the API could not be used.
    """
    gateway = kube.get(GATEWAY_API, "Gateway", GATEWAY, NAMESPACE) or {}
    return [each["value"] for each in (gateway.get("status") or {}).get("addresses") or []]


def gateway_endpoint(kube: Kube, compute_id: str | None, port: int = GATEWAY_PORT) -> Endpoint:
    """Return the endpoint for a Compute without an address in its status, or for one that does not exist.

    Args:
        kube: the API.
        compute_id: the Compute as "<namespace>/<name>"; None for calls without it.
        port: the Gateway's port.

    Raises:
        KubernetesError: the API could not be used.
    """
    addresses = gateway_addresses(kube) or [WITHOUT_ADDRESS]
    return Endpoint(addresses[0], port, compute_id)


def endpoint_of(compute: Object, port: int = GATEWAY_PORT) -> Endpoint:
    """Return the endpoint of a Compute object: the first address in its status, otherwise localhost.

    SkyTorch's own client chooses the same. localhost serves clusters that map the Gateway's port to this machine.
    """
    metadata = compute["metadata"]
    addresses = (compute.get("status") or {}).get("addresses") or [{"value": WITHOUT_ADDRESS}]
    return Endpoint(addresses[0]["value"], port, f"{metadata['namespace']}/{metadata['name']}")

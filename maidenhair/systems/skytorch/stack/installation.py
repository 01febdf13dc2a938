"""The GatewayClass of an installation of SkyTorch."""

from __future__ import annotations

from maidenhair.kube import Kube, Object
from maidenhair.systems.skytorch.stack.endpoint import GATEWAY_API
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE
from maidenhair.systems.skytorch.stack.state import GATEWAY


def find_gateway_class(kube: Kube) -> Object | None:
    """Return the GatewayClass of the Gateway that routes to Computes, or None if either does not exist."""
    gateway = kube.get(GATEWAY_API, "Gateway", GATEWAY, NAMESPACE)
    name = gateway["spec"]["gatewayClassName"] if gateway else ""
    return kube.get(GATEWAY_API, "GatewayClass", name) if name else None

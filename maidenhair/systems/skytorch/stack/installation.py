"""The class of the Gateway that an installation of SkyTorch brings along."""

from __future__ import annotations

from maidenhair.kube import Kube, Object
from maidenhair.systems.skytorch.stack.endpoint import GATEWAY_API
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE
from maidenhair.systems.skytorch.stack.state import GATEWAY


def find_gateway_class(kube: Kube) -> Object | None:
    """Return the class of the Gateway by which Computes are reached, or None if there is none."""
    gateway = kube.get(GATEWAY_API, "Gateway", GATEWAY, NAMESPACE)
    name = gateway["spec"]["gatewayClassName"] if gateway else ""
    return kube.get(GATEWAY_API, "GatewayClass", name) if name else None

"""The state of a SkyTorch stack: its parts, and the expected state of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers.rolled_out import is_rolled_out
from maidenhair.kube.objects import condition, conditions, display_name
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE, OPERATOR, PROVISIONER

GATEWAY = "skytorch-gateway"
PROVISIONER_NAMESPACE = "projectcontour"
DIGEST_ANNOTATION = "maidenhair.dev/stack"


@dataclass(frozen=True)
class Part:
    """An object that must match `expected` before specs can use the stack."""

    api_version: str
    kind: str
    namespace: str
    name: str
    expected: BaseMatcher[Mapping[str, Any] | None]

    def subject(self) -> Object:
        """Return the object's identity as a manifest without a spec."""
        metadata = {"name": self.name, "namespace": self.namespace}
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": metadata}

    def read(self, kube: Kube) -> Object | None:
        """Return the current object, or None if it does not exist."""
        return kube.get(self.api_version, self.kind, self.name, self.namespace)


def parts(gateway_has_address: bool = True) -> tuple[Part, ...]:
    """Return the parts of the stack, in the order in which they become available.

    Args:
        gateway_has_address: whether the Gateway gets an address. A Gateway that is exposed by node ports gets none.
    """
    gateway = has_address() if gateway_has_address else is_programmed()
    return (
        _deployment(PROVISIONER_NAMESPACE, PROVISIONER),
        # The provisioner creates these two for the Gateway.
        _deployment(NAMESPACE, f"contour-{GATEWAY}"),
        _deployment(NAMESPACE, f"envoy-{GATEWAY}"),
        Part("gateway.networking.k8s.io/v1", "Gateway", NAMESPACE, GATEWAY, gateway),
        _deployment(NAMESPACE, OPERATOR),
    )


def deployed_digest(kube: Kube) -> str | None:
    """Return the digest of the plan that was deployed completely, or None if there is none."""
    namespace = kube.get("v1", "Namespace", NAMESPACE) or {"metadata": {}}
    annotations = namespace["metadata"].get("annotations") or {}
    digest: str | None = annotations.get(DIGEST_ANNOTATION)
    return digest


def has_address() -> BaseMatcher[Mapping[str, Any] | None]:
    """Match a Gateway that is programmed and has an address."""
    return _IsServed(addressed=True)


def is_programmed() -> BaseMatcher[Mapping[str, Any] | None]:
    """Match a Gateway that is programmed, with or without an address."""
    return _IsServed(addressed=False)


def _deployment(namespace: str, name: str) -> Part:
    return Part("apps/v1", "Deployment", namespace, name, is_rolled_out())


class _IsServed(BaseMatcher[Mapping[str, Any] | None]):
    def __init__(self, addressed: bool) -> None:
        self._addressed = addressed

    def _matches(self, item: Mapping[str, Any] | None) -> bool:
        programmed = condition(item, "Programmed")
        addresses = ((item or {}).get("status") or {}).get("addresses")
        reachable = bool(addresses) or not self._addressed
        return reachable and programmed is not None and programmed["status"] == "True"

    def describe_to(self, description: Description) -> None:
        """Describe the expected Gateway."""
        address = " and has an address" if self._addressed else ""
        description.append_text(f"a Gateway that is programmed{address}")

    def describe_mismatch(
        self, item: Mapping[str, Any] | None, mismatch_description: Description
    ) -> None:
        """Describe the Gateway's conditions and addresses."""
        if item is None:
            mismatch_description.append_text("it did not exist")
            return
        status = item.get("status") or {}
        addresses = ", ".join(each["value"] for each in status.get("addresses") or [])
        found = ", ".join(
            f"{each['type']} {each['status']} ({each.get('message') or each.get('reason')})"
            for each in conditions(item)
        )
        mismatch_description.append_text(
            f"{display_name(item)} had the addresses [{addresses}] and the conditions [{found}]"
        )

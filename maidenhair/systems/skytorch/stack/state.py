"""The state of a SkyTorch stack: its parts, and the expected state of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hamcrest import all_of, has_entries
from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description
from hamcrest.core.matcher import Matcher

from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import has_condition, has_jmespath
from maidenhair.kube.matchers.rolled_out import is_rolled_out
from maidenhair.kube.objects import condition, conditions, display_name
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE, OPERATOR, PROVISIONER

GATEWAY_API = "gateway.networking.k8s.io"
GATEWAY = "skytorch-gateway"
PROVISIONER_NAMESPACE = "projectcontour"
DIGEST_ANNOTATION = "maidenhair.dev/stack"
UPSTREAM_ANNOTATION = "maidenhair.dev/upstream"
"""The annotation of the namespace with the place of the real operator's manifests."""
GATEWAY_CLASS = "contour"
PARAMETERS = {"group": "projectcontour.io", "kind": "ContourDeployment", "name": "skytorch"}
"""The parameters of the Gateway's class, which size Contour and keep streams open."""


@dataclass(frozen=True)
class Part:
    """An object that must match `expected` before specs can use the stack."""

    api_version: str
    kind: str
    namespace: str | None
    name: str
    expected: Matcher[Mapping[str, Any] | None]

    def subject(self) -> Object:
        """Return the object's identity as a manifest without a spec."""
        metadata = {"name": self.name}
        if self.namespace is not None:
            metadata["namespace"] = self.namespace
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
        Part(f"{GATEWAY_API}/v1", "GatewayClass", None, GATEWAY_CLASS, has_our_parameters()),
        # The provisioner creates these two for the Gateway.
        _deployment(NAMESPACE, f"contour-{GATEWAY}"),
        _deployment(NAMESPACE, f"envoy-{GATEWAY}"),
        Part(f"{GATEWAY_API}/v1", "Gateway", NAMESPACE, GATEWAY, gateway),
        _deployment(NAMESPACE, OPERATOR),
    )


def deployed_digest(kube: Kube) -> str | None:
    """Return the digest of the plan that was deployed completely, or None if there is none."""
    return _annotations(kube).get(DIGEST_ANNOTATION)


def deployed_upstream(kube: Kube) -> str | None:
    """Return the place of the manifests of the deployed real operator, or None if the real operator is not deployed."""
    return _annotations(kube).get(UPSTREAM_ANNOTATION)


def _annotations(kube: Kube) -> Mapping[str, str]:
    namespace = kube.get("v1", "Namespace", NAMESPACE) or {"metadata": {}}
    annotations: Mapping[str, str] = namespace["metadata"].get("annotations") or {}
    return annotations


def has_address() -> BaseMatcher[Mapping[str, Any] | None]:
    """Match a Gateway that is programmed and has an address."""
    return _IsServed(addressed=True)


def is_programmed() -> BaseMatcher[Mapping[str, Any] | None]:
    """Match a Gateway that is programmed, with or without an address."""
    return _IsServed(addressed=False)


def has_our_parameters() -> Matcher[Mapping[str, Any] | None]:
    """Match a GatewayClass that Contour accepted, with the parameters of the stack."""
    matcher: Matcher[Mapping[str, Any] | None] = all_of(
        has_jmespath("spec.parametersRef", has_entries(PARAMETERS)),
        has_condition("Accepted", "True"),
    )
    return matcher


def _deployment(namespace: str, name: str) -> Part:
    return Part("apps/v1", "Deployment", namespace, name, is_rolled_out())


class _IsServed(BaseMatcher[Mapping[str, Any] | None]):
    def __init__(self, addressed: bool) -> None:
        self._addressed = addressed

    def _matches(self, item: Mapping[str, Any] | None) -> bool:
        programmed = condition(item, "Programmed")
        if item is None or programmed is None or programmed["status"] != "True":
            return False
        # A condition without observedGeneration counts for every generation.
        generation = item["metadata"].get("generation", 0)
        if programmed.get("observedGeneration", generation) < generation:
            return False
        return bool((item.get("status") or {}).get("addresses")) or not self._addressed

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

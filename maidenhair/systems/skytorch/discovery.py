"""Findings about SkyTorch on a cluster, and the capabilities that follow from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube
from maidenhair.kube.objects import condition
from maidenhair.systems.capability import Capability, Findings, Look
from maidenhair.systems.skytorch.api.compute import API_VERSION, KIND
from maidenhair.systems.skytorch.sdk.release import sdk_release
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE, OPERATOR
from maidenhair.systems.skytorch.stack.state import GATEWAY
from maidenhair.systems.skytorch.trials import (
    missing_functions,
    missing_overrides,
    missing_own_variables,
    missing_server,
)

NAME = "skytorch"
GATEWAY_API = "gateway.networking.k8s.io/v1"
CLAIMS = "volumeClaimTemplates"
BEFORE_0_2 = re.compile(r"0\.[01]([.a-z].*)?")


@dataclass(frozen=True)
class GatewayFound:
    """The Gateway that routes to all Computes.

    Attributes:
        name: its namespace and name.
        gateway_class: the name of its GatewayClass.
        controller: the controller of that class; "" if the class does not exist or cannot be read.
        programmed: whether it is programmed.
        reason: why it is not programmed; "" if it is.
        addresses: its addresses. If it has none, SkyTorch's client connects to localhost.
    """

    name: str
    gateway_class: str
    controller: str
    programmed: bool
    reason: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class OperatorFound:
    """The SkyTorch operator.

    Attributes:
        name: the namespace and name of its Deployment.
        image: its image.
        available: the number of available pods.
        wanted: the number of pods that the Deployment should have.
    """

    name: str
    image: str
    available: int
    wanted: int


@dataclass(frozen=True)
class SkyTorchFindings:
    """The findings about SkyTorch.

    Attributes:
        gateway: the Gateway of Computes; None if it was not found.
        operator: the operator; None if it was not found.
        compute_versions: the versions of the Compute API that the API server serves.
        compute_fields: the fields of a Compute's spec.
        sdk: the version of SkyTorch that programs on this machine use.
    """

    gateway: GatewayFound | None = None
    operator: OperatorFound | None = None
    compute_versions: tuple[str, ...] = ()
    compute_fields: tuple[str, ...] = ()
    sdk: str = "0.2.0"


def look_for_skytorch(look: Look) -> SkyTorchFindings:
    """Find the Gateway, the operator, the Compute API and the SDK.

    Raises:
        KubernetesError: the API did not answer, or refused a request for a reason other than permissions.
    """
    discovery = look.kube.discovery
    return SkyTorchFindings(
        gateway=look.ask("the Gateway", _gateway, None),
        operator=look.ask("the operator", _operator, None),
        compute_versions=discovery.group_versions(API_VERSION.partition("/")[0]),
        compute_fields=discovery.schema_fields(API_VERSION, KIND, "spec"),
        sdk=sdk_release(),
    )


def describe(findings: Findings) -> Sequence[tuple[str, str]]:
    """Return the lines of the report on a cluster, each with its title."""
    return [("gateway", _gateway_line(findings)), ("SkyTorch", _skytorch_line(findings))]


def missing_api(findings: Findings) -> str | None:
    """Return why the cluster does not serve the Compute API; None if it does."""
    if API_VERSION.partition("/")[2] in _of(findings).compute_versions:
        return None
    return f"it does not serve {API_VERSION}: the CustomResourceDefinition of Compute is missing"


def missing_gateway(findings: Findings) -> str | None:
    """Return why Computes cannot be reached; None if they can, or if only a trial can show it."""
    if findings.access.shared_namespace is not None:
        return None
    gateway = _of(findings).gateway
    if gateway is None:
        absent = f"there is no Gateway {NAMESPACE}/{GATEWAY}"
        return findings.why_unseen("the Gateway") or absent
    if not gateway.programmed:
        return f"Gateway {gateway.name} is not programmed: {gateway.reason}"
    return None


def missing_operator(findings: Findings) -> str | None:
    """Return why Computes are not reconciled; None if the operator is available."""
    operator = _of(findings).operator
    if operator is None:
        absent = f"there is no Deployment {NAMESPACE}/{OPERATOR}"
        return findings.why_unseen("the operator") or absent
    if operator.available < 1:
        return f"none of the {operator.wanted} pods of Deployment {operator.name} is available"
    return None


def missing_skytorch(findings: Findings) -> str | None:
    """Return why Computes cannot become Ready; None if they can, or if only a trial can show it."""
    if findings.access.shared_namespace is not None:
        return missing_api(findings)
    return (
        missing_api(findings)
        or findings.missing_nodes()
        or missing_operator(findings)
        or missing_gateway(findings)
    )


def missing_0_2(findings: Findings) -> str | None:
    """Return why specs cannot use the calls that SkyTorch 0.2.0 added; None if they can."""
    if lacking := missing_skytorch(findings):
        return lacking
    sdk = _of(findings).sdk
    if BEFORE_0_2.fullmatch(sdk):
        return f"functions, views and claims as arguments need SkyTorch 0.2.0 or later; the SDK is {sdk}"
    return None


def missing_children(findings: Findings) -> str | None:
    """Return why specs cannot read the objects that a Compute owns; None if they can."""
    if findings.access.shared_namespace is not None:
        return "the run's account may not read the objects that a Compute owns"
    return missing_skytorch(findings)


def missing_volumes(findings: Findings) -> str | None:
    """Return why Computes cannot claim volumes; None if they can."""
    if lacking := missing_children(findings):
        return lacking
    if CLAIMS not in _of(findings).compute_fields:
        return f"its Computes have no field {CLAIMS}, which SkyTorch 0.2.0 added"
    if findings.storage is None:
        return findings.why_unseen("StorageClasses") or "it has no default StorageClass"
    return None


def missing_policies(findings: Findings) -> str | None:
    """Return why specs cannot make the API refuse changes; None if they can."""
    if lacking := missing_children(findings):
        return lacking
    missing = findings.missing_permission("admission-policies")
    return f"{missing}, to make the API refuse changes" if missing else None


CAPABILITIES = (
    Capability(
        "gateway",
        "Computes are reached through a programmed Gateway.",
        missing_gateway,
        missing_server,
    ),
    Capability("skytorch-api", "The API of Computes is served.", missing_api),
    Capability(
        "skytorch", "Computes become Ready and can be used.", missing_skytorch, missing_server
    ),
    Capability(
        "skytorch-0-2",
        "The server and the SDK are SkyTorch 0.2.0 or later.",
        missing_0_2,
        missing_functions,
    ),
    Capability(
        "skytorch-volumes",
        "Computes can have volumes of their own.",
        missing_volumes,
        missing_overrides,
    ),
    Capability(
        "skytorch-own-variables",
        "The operator sets the variables of the server, and takes none of these names from a Compute.",
        missing_children,
        missing_own_variables,
    ),
    Capability(
        "admission-policies", "Specs can make the API refuse changes of objects.", missing_policies
    ),
)
"""The capabilities that SkyTorch adds to a cluster."""


def _of(findings: Findings) -> SkyTorchFindings:
    return findings.of(NAME, SkyTorchFindings)


def _gateway_line(findings: Findings) -> str:
    gateway = _of(findings).gateway
    if gateway is None:
        return findings.absence("the Gateway")
    state = "programmed" if gateway.programmed else f"not programmed ({gateway.reason})"
    addresses = ", ".join(gateway.addresses) or "no address (clients connect to localhost)"
    controller = f" ({gateway.controller})" if gateway.controller else ""
    return f"{gateway.name} of class {gateway.gateway_class}{controller}: {state}, {addresses}"


def _skytorch_line(findings: Findings) -> str:
    found = _of(findings)
    versions = ", ".join(found.compute_versions)
    api = f"Compute {versions}" if versions else "no Compute API"
    operator = found.operator
    if operator is None:
        return f"{api}; operator: {findings.absence('the operator')}"
    return f"{api}; operator {operator.image}, {operator.available} of {operator.wanted} available"


def _gateway(kube: Kube) -> GatewayFound | None:
    gateway = kube.get(GATEWAY_API, "Gateway", GATEWAY, NAMESPACE)
    if gateway is None:
        return None
    gateway_class = gateway["spec"]["gatewayClassName"]
    programmed = condition(gateway, "Programmed") or {}
    reason = (
        programmed.get("message") or programmed.get("reason") or "no controller has acted on it"
    )
    is_programmed = programmed.get("status") == "True"
    addresses = (gateway.get("status") or {}).get("addresses") or []
    return GatewayFound(
        name=f"{NAMESPACE}/{GATEWAY}",
        gateway_class=gateway_class,
        controller=_controller(kube, gateway_class),
        programmed=is_programmed,
        reason="" if is_programmed else reason,
        addresses=tuple(each["value"] for each in addresses),
    )


def _controller(kube: Kube, gateway_class: str) -> str:
    try:
        found = kube.get(GATEWAY_API, "GatewayClass", gateway_class)
    except ApiRefused:
        # The controller's name is only shown. Whether it works is in the Gateway's own conditions.
        return ""
    return str(found["spec"]["controllerName"]) if found else ""


def _operator(kube: Kube) -> OperatorFound | None:
    deployment = kube.get("apps/v1", "Deployment", OPERATOR, NAMESPACE)
    if deployment is None:
        return None
    containers: list[dict[str, Any]] = deployment["spec"]["template"]["spec"]["containers"]
    return OperatorFound(
        name=f"{NAMESPACE}/{OPERATOR}",
        image=containers[0]["image"],
        available=(deployment.get("status") or {}).get("availableReplicas", 0),
        wanted=deployment["spec"].get("replicas", 1),
    )

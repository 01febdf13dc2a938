"""The status of a Compute, derived from observed objects, with the reasons of the SkyTorch contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from skytorch_operator.objects import GATEWAY, Object, Reference, reference_of

READY = "Ready"
SUSPENDED = "Suspended"


@dataclass(frozen=True)
class Observed:
    """The observed objects that decide the status of a Compute; None for one that does not exist.

    Attributes:
        stateful_set: the StatefulSet of the Compute.
        grpc_route: the GRPCRoute of the Compute.
        gateway: the Gateway that the GRPCRoute refers to.
    """

    stateful_set: Object | None
    grpc_route: Object | None
    gateway: Object | None


@dataclass(frozen=True)
class Verdict:
    """Whether a condition holds, and why."""

    holds: bool
    reason: str
    message: str


def status(compute: Object, observed: Observed, namespace: str, now: datetime) -> Object:
    """Return the complete status that a Compute should have.

    Args:
        compute: the Compute with its current status.
        observed: the current objects of the Compute, and the current Gateway.
        namespace: the namespace of Gateways that may route to Computes, which is the operator's.
        now: the lastTransitionTime of each condition whose status changes.
    """
    verdicts = {READY: readiness(observed, namespace)}
    suspension = _suspension(compute)
    if suspension is not None:
        verdicts[SUSPENDED] = suspension
    wanted: Object = {
        "conditions": [
            _condition(compute, kind, verdict, now) for kind, verdict in verdicts.items()
        ]
    }
    addresses = _addresses(compute, observed, verdicts[READY])
    if addresses:
        wanted["addresses"] = addresses
    return wanted


def referenced_gateway(route: Object | None, namespace: str) -> Reference | None:
    """Return the first Gateway of a namespace that a GRPCRoute refers to, or None."""
    if route is None:
        return None
    parents = [_gateway_of(each, route) for each in route.get("spec", {}).get("parentRefs", ())]
    return next((each for each in parents if each and each.namespace == namespace), None)


def readiness(observed: Observed, namespace: str) -> Verdict:
    """Return whether the Compute is ready, or the first reason why it is not."""
    route = observed.grpc_route
    gateway = referenced_gateway(route, namespace)
    replicas = _replicas(observed.stateful_set)
    checks = (
        (observed.stateful_set is not None, "StatefulSetNotAvailable", "StatefulSet is not found"),
        (
            replicas.ready == replicas.wanted > 0,
            "StatefulSetNotReady",
            f"StatefulSet has {replicas.ready}/{replicas.wanted} ready replicas",
        ),
        (route is not None, "GRPCRouteNotAvailable", "GRPCRoute is not found"),
        (
            gateway is not None,
            "GatewayNotReferenced",
            f"GRPCRoute refers to no Gateway in namespace {namespace}",
        ),
        (
            observed.gateway is not None,
            "GatewayNotAvailable",
            f"Gateway {gateway} is not found",
        ),
        (
            _is_true(observed.gateway, "Programmed"),
            "GatewayNotProgrammed",
            f"Gateway {gateway} is not programmed",
        ),
        (_accepted(route, gateway), "GRPCRouteNotAccepted", "GRPCRoute is not accepted"),
    )
    for holds, reason, message in checks:
        if not holds:
            return Verdict(False, reason, message)
    return Verdict(True, "AllComponentsReady", "All components are ready")


def differs(compute: Object, wanted: Object) -> bool:
    """Return whether a Compute's status differs from the wanted one. The order of conditions does not count."""
    current = compute.get("status", {})
    by_type = {each["type"]: each for each in current.get("conditions", ())}
    return current.get("addresses", []) != wanted.get("addresses", []) or any(
        by_type.get(each["type"]) != each for each in wanted["conditions"]
    )


@dataclass(frozen=True)
class _Replicas:
    ready: int
    wanted: int


def _replicas(stateful_set: Object | None) -> _Replicas:
    if stateful_set is None:
        return _Replicas(0, 0)
    return _Replicas(
        ready=stateful_set.get("status", {}).get("readyReplicas", 0),
        wanted=stateful_set["spec"]["replicas"],
    )


def _suspension(compute: Object) -> Verdict | None:
    if compute.get("spec", {}).get("suspend", False):
        return Verdict(True, "Suspended", "Compute is suspended")
    if _current(compute, SUSPENDED) is not None:
        return Verdict(False, "Resumed", "Compute is resumed")
    return None


def _condition(compute: Object, kind: str, verdict: Verdict, now: datetime) -> Object:
    current = _current(compute, kind)
    state = "True" if verdict.holds else "False"
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if current is not None and current["status"] == state:
        stamp = current["lastTransitionTime"]
    return {
        "type": kind,
        "status": state,
        "reason": verdict.reason,
        "message": verdict.message,
        "lastTransitionTime": stamp,
    }


def _current(compute: Object, kind: str) -> Object | None:
    conditions: list[Object] = compute.get("status", {}).get("conditions", [])
    return next((each for each in conditions if each["type"] == kind), None)


def _addresses(compute: Object, observed: Observed, ready: Verdict) -> list[Object]:
    if not ready.holds or observed.gateway is None:
        current: list[Object] = compute.get("status", {}).get("addresses", [])
        return current
    offered = observed.gateway.get("status", {}).get("addresses", ())
    return [{"type": each.get("type", "Hostname"), "value": each["value"]} for each in offered]


def _accepted(route: Object | None, gateway: Reference | None) -> bool:
    if route is None or gateway is None:
        return False
    return any(
        _gateway_of(parent["parentRef"], route) == gateway and _holds(parent, "Accepted")
        for parent in route.get("status", {}).get("parents", ())
    )


def _gateway_of(parent: Object, route: Object) -> Reference | None:
    # Fields that a parent reference omits default to a Gateway in the namespace of the route.
    kind = (parent.get("group", GATEWAY.group), parent.get("kind", GATEWAY.name))
    if kind != (GATEWAY.group, GATEWAY.name):
        return None
    return Reference(parent.get("namespace", reference_of(route).namespace), parent["name"])


def _is_true(obj: Object | None, kind: str) -> bool:
    return obj is not None and _holds(obj.get("status", {}), kind)


def _holds(carrier: Object, kind: str) -> bool:
    return any(
        each["type"] == kind and each["status"] == "True" for each in carrier.get("conditions", ())
    )

"""Gateways that accept no traffic, and routes that are not accepted or have no usable backend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of, message_of
from maidenhair.kube.diagnosis.facts import ROUTES, Facts
from maidenhair.kube.objects import Object, condition, display_name, format_name, is_true

GATEWAY = "Gateway"
CLASS = "GatewayClass"
SERVICE = "Service"

Condition = Mapping[str, Any]


def gateway_without_class(facts: Facts) -> Cause | None:
    """Detect a Gateway whose GatewayClass does not exist or is not accepted."""
    return _first(_of_class(facts, each) for each in _gateways(facts))


def listener_refused(facts: Facts) -> Cause | None:
    """Detect a listener that the controller refuses, or that conflicts with another."""
    return _first(_of_listeners(facts, each) for each in _gateways(facts))


def gateway_not_programmed(facts: Facts) -> Cause | None:
    """Detect a Gateway that its controller has not accepted or not programmed."""
    return _first(_of_gateway(facts, each) for each in _gateways(facts))


def no_such_gateway(facts: Facts) -> Cause | None:
    """Detect a route that refers to a Gateway, or to a listener of one, that does not exist."""
    for route, parent in _parents(facts):
        name, namespace = parent["name"], _namespace_of(parent, route)
        target = format_name(GATEWAY, name, namespace)
        if facts.is_missing(GATEWAY, name, namespace):
            sentence = f"{display_name(route)} refers to {target}, which does not exist"
            return Cause(sentence, evidence_of(facts, route))
        gateway = facts.find(GATEWAY, name, namespace)
        section = parent.get("sectionName")
        if gateway is None or section is None:
            continue
        listeners = [each["name"] for each in gateway["spec"]["listeners"]]
        if section not in listeners:
            sentence = (
                f"{display_name(route)} refers to listener {section} of {target}, "
                f"which does not exist (the Gateway has {', '.join(listeners)})"
            )
            return Cause(sentence, _evidence(facts, route))
    return None


def route_refused(facts: Facts) -> Cause | None:
    """Detect a route that a Gateway does not accept."""
    for route, parent, accepted in _conditions(facts, "Accepted"):
        if is_true(accepted):
            continue
        reason = _refusal_reason(facts, route, parent, accepted)
        gateway = format_name(GATEWAY, parent["name"], _namespace_of(parent, route))
        sentence = f"{gateway} does not accept {display_name(route)}: {reason}"
        return Cause(sentence, _evidence(facts, route))
    return None


def backend_absent(facts: Facts) -> Cause | None:
    """Detect a route to a Service, or to a port of one, that does not exist."""
    for route, backend in _backends(facts):
        name, namespace = backend["name"], _namespace_of(backend, route)
        target = format_name(SERVICE, name, namespace)
        if facts.is_missing(SERVICE, name, namespace):
            sentence = f"{display_name(route)} routes to {target}, which does not exist"
            return Cause(sentence, _evidence(facts, route))
        service = facts.find(SERVICE, name, namespace)
        ports = [each["port"] for each in (service or {}).get("spec", {}).get("ports") or []]
        if service is not None and backend.get("port") not in ports:
            sentence = (
                f"{display_name(route)} routes to port {backend.get('port')} of {target}, "
                f"which does not exist (the Service has {', '.join(map(str, ports)) or 'none'})"
            )
            return Cause(sentence, _evidence(facts, route))
    return None


def backend_refused(facts: Facts) -> Cause | None:
    """Detect a route whose backends the controller cannot use for another reason."""
    for route, _, resolved in _conditions(facts, "ResolvedRefs"):
        if not is_true(resolved):
            sentence = (
                f"{display_name(route)} has a backend that cannot be used: {message_of(resolved)}"
            )
            return Cause(sentence, _evidence(facts, route))
    return None


def route_ignored(facts: Facts) -> Cause | None:
    """Detect a route that no controller has acted on."""
    for route, parent in _parents(facts):
        if not (route.get("status") or {}).get("parents"):
            gateway = format_name(GATEWAY, parent["name"], _namespace_of(parent, route))
            sentence = (
                f"no controller has acted on {display_name(route)}; "
                f"check that the controller of {gateway} is running"
            )
            return Cause(sentence, evidence_of(facts, route))
    return None


RULES: tuple[Rule, ...] = (
    no_such_gateway,
    gateway_without_class,
    listener_refused,
    gateway_not_programmed,
    backend_absent,
    route_refused,
    backend_refused,
    route_ignored,
)


def _gateways(facts: Facts) -> list[Object]:
    if facts.kind == GATEWAY:
        return [facts.subject] if "spec" in facts.subject else []
    # For a route, or an object behind one, the Gateways that routes refer to.
    return facts.of_kind(GATEWAY)


def _routes(facts: Facts) -> list[Object]:
    if facts.kind in ROUTES:
        return [facts.subject] if "spec" in facts.subject else []
    return [each for kind in ROUTES for each in facts.of_kind(kind)]


def _first(causes: Iterator[Cause | None]) -> Cause | None:
    return next((cause for cause in causes if cause is not None), None)


def _of_class(facts: Facts, gateway: Object) -> Cause | None:
    name = gateway["spec"]["gatewayClassName"]
    evidence = evidence_of(facts, gateway)
    if facts.is_missing(CLASS, name):
        sentence = f"{display_name(gateway)} uses GatewayClass {name}, which does not exist"
        return Cause(sentence, evidence)
    found = facts.find(CLASS, name)
    accepted = condition(found, "Accepted")
    if found is None or is_true(accepted):
        return None
    controller = found["spec"]["controllerName"]
    if accepted is None or accepted.get("reason") == "Pending":
        reason = f"controller {controller} has not acted on it; check that it is running"
    else:
        reason = message_of(accepted)
    sentence = f"GatewayClass {name} of {display_name(gateway)} is not accepted: {reason}"
    return Cause(sentence, (*evidence_of(facts, found), *evidence))


def _of_listeners(facts: Facts, gateway: Object) -> Cause | None:
    for listener in (gateway.get("status") or {}).get("listeners") or []:
        for each in listener.get("conditions") or []:
            conflicted = each["type"] == "Conflicted" and is_true(each)
            refused = each["type"] in ("Accepted", "ResolvedRefs") and not is_true(each)
            if conflicted or refused:
                sentence = (
                    f"listener {listener['name']} of {display_name(gateway)} "
                    f"cannot be used: {message_of(each)}"
                )
                return Cause(sentence, evidence_of(facts, gateway))
    return None


def _of_gateway(facts: Facts, gateway: Object) -> Cause | None:
    for kind in ("Accepted", "Programmed"):
        found = condition(gateway, kind)
        if found is not None and not is_true(found):
            if found.get("reason") == "Pending":
                name = gateway["spec"]["gatewayClassName"]
                reason = (
                    f"the controller of GatewayClass {name} has not acted on it; "
                    "check that it is running"
                )
            else:
                reason = message_of(found)
            sentence = f"{display_name(gateway)} is not {kind}: {reason}"
            return Cause(sentence, evidence_of(facts, gateway))
    return None


def _parents(facts: Facts) -> Iterator[tuple[Object, Condition]]:
    for route in _routes(facts):
        for parent in route["spec"].get("parentRefs") or []:
            if parent.get("kind", GATEWAY) == GATEWAY:
                yield route, parent


def _backends(facts: Facts) -> Iterator[tuple[Object, Condition]]:
    for route in _routes(facts):
        for rule in route["spec"].get("rules") or []:
            for backend in rule.get("backendRefs") or []:
                if backend.get("kind", SERVICE) == SERVICE:
                    yield route, backend


def _conditions(facts: Facts, kind: str) -> Iterator[tuple[Object, Condition, Condition]]:
    """Return each route's conditions of a type, with the parent of each."""
    for route in _routes(facts):
        for parent in (route.get("status") or {}).get("parents") or []:
            # Each entry of `parents` has conditions, like a status.
            if (found := condition({"status": parent}, kind)) is not None:
                yield route, parent["parentRef"], found


def _refusal_reason(facts: Facts, route: Object, parent: Condition, accepted: Condition) -> str:
    gateway = facts.find(GATEWAY, parent["name"], _namespace_of(parent, route))
    listeners = gateway["spec"]["listeners"] if gateway is not None else []
    namespace = route["metadata"]["namespace"]
    if accepted.get("reason") == "NotAllowedByListeners":
        froms = {
            each["name"]: ((each.get("allowedRoutes") or {}).get("namespaces") or {}).get(
                "from", "Same"
            )
            for each in listeners
        }
        allowed = ", ".join(
            f"{name} accepts routes from {namespaces}" for name, namespaces in froms.items()
        )
        return f"its listeners accept no routes from Namespace {namespace} ({allowed})"
    if accepted.get("reason") == "NoMatchingListenerHostname":
        of_listeners = ", ".join(each["hostname"] for each in listeners if each.get("hostname"))
        of_route = ", ".join(route["spec"].get("hostnames") or [])
        return f"no listener has its hostnames {of_route} (the listeners have {of_listeners})"
    return message_of(accepted)


def _namespace_of(reference: Condition, route: Object) -> str:
    return str(reference.get("namespace") or route["metadata"]["namespace"])


def _evidence(facts: Facts, route: Object) -> tuple[str, ...]:
    """Return the conditions that a route's parents report."""
    return tuple(
        f"{display_name(route)}: condition {each['type']} for {parent['name']} is {each['status']}: "
        f"{message_of(each)}"
        for kind in ("Accepted", "ResolvedRefs")
        for _, parent, each in _conditions(facts, kind)
    )

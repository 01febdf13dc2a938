"""Services without usable endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of, format_labels
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.shapes import field_of, mapping
from maidenhair.kube.objects import Object, condition, display_name, is_true

SERVICE = "Service"
SLICE = "EndpointSlice"
SLICE_LABEL = "kubernetes.io/service-name"


def no_selector(facts: Facts) -> Cause | None:
    """Detect a Service without a selector and without endpoints."""
    if not _is_service(facts) or _selector(facts.subject) or SLICE not in facts.known:
        return None
    if (facts.subject["spec"] or {}).get("type") == "ExternalName" or list(_slices(facts)):
        return None
    sentence = f"{display_name(facts.subject)} has no selector and no endpoints"
    return Cause(sentence, evidence_of(facts, facts.subject))


def selects_no_pod(facts: Facts) -> Cause | None:
    """Detect a selector that matches no pod of the namespace. The cause names the most similar pod."""
    selector = _selector(facts.subject)
    if not _is_service(facts) or not selector or facts.pods:
        return None
    service = display_name(facts.subject)
    sentence = f"no pod has the labels that {service} selects: {format_labels(selector)}"
    closest = _closest(facts, selector)
    if closest is not None:
        labels = closest["metadata"].get("labels") or {}
        has = {name: labels[name] for name in selector if name in labels}
        sentence += f" ({display_name(closest)} has {format_labels(has)})"
    return Cause(sentence, evidence_of(facts, facts.subject))


def no_such_port(facts: Facts) -> Cause | None:
    """Detect a target port that no pod of the Service has."""
    if not _is_service(facts) or not facts.pods:
        return None
    for port in facts.subject["spec"].get("ports") or []:
        target = port.get("targetPort", port["port"])
        ports = [each for pod in facts.pods for each in _ports(pod)]
        known = {each[key] for each in ports for key in ("name", "containerPort") if key in each}
        # A pod need not declare a numeric port. If it declares others, the number is probably wrong.
        if target in known or (isinstance(target, int) and not ports):
            continue
        has = ", ".join(_format_port(each) for each in ports) or "none"
        sentence = (
            f"{display_name(facts.subject)} sends port {port['port']} to port {target} of its pods, "
            f"which have no such port (they have {has})"
        )
        return Cause(sentence, evidence_of(facts, facts.subject))
    return None


def no_address(facts: Facts) -> Cause | None:
    """Detect a Service of type LoadBalancer that has no address."""
    if not _is_service(facts) or facts.subject["spec"].get("type") != "LoadBalancer":
        return None
    if ((facts.subject.get("status") or {}).get("loadBalancer") or {}).get("ingress"):
        return None
    name = facts.subject["spec"].get("loadBalancerClass")
    source = f"a load balancer of class {name}" if name else "a load balancer"
    sentence = f"{display_name(facts.subject)} is waiting for an address from {source}; check that the cluster has one"
    return Cause(sentence, evidence_of(facts, facts.subject))


RULES: tuple[Rule, ...] = (no_selector, selects_no_pod, no_such_port, no_address)


def for_service(facts: Facts, cause: Cause) -> Cause:
    """Turn a cause of a Service's pods into one of the Service, if none of its pods is Ready."""
    if not _is_service(facts) or any(_is_ready(pod) for pod in facts.pods):
        return cause
    sentence = f"{display_name(facts.subject)} has no ready endpoint: {cause.sentence}"
    return Cause(sentence, cause.evidence, cause.hopeless, cause.crashed, cause.lacks_capacity)


def _is_service(facts: Facts) -> bool:
    return facts.kind == SERVICE and "spec" in facts.subject


def _selector(service: Object) -> Mapping[str, str]:
    return mapping(field_of(service, "spec", "selector"))


def _slices(facts: Facts) -> Iterator[Object]:
    name = facts.subject["metadata"]["name"]
    for each in facts.of_kind(SLICE):
        labels = each["metadata"].get("labels") or {}
        if labels.get(SLICE_LABEL) == name and each.get("endpoints"):
            yield each


def _closest(facts: Facts, selector: Mapping[str, str]) -> Object | None:
    """Return the pod with the most selected labels, compared by value and then by name; None if none has any."""

    def score(pod: Object) -> tuple[int, int]:
        labels = pod["metadata"].get("labels") or {}
        same = sum(labels.get(name) == value for name, value in selector.items())
        return same, sum(name in labels for name in selector)

    best = max(facts.of_kind("Pod"), key=score, default=None)
    return best if best is not None and score(best) > (0, 0) else None


def _is_ready(pod: Object) -> bool:
    return is_true(condition(pod, "Ready"))


def _ports(pod: Object) -> list[Mapping[str, Any]]:
    return [port for each in pod["spec"]["containers"] for port in each.get("ports") or []]


def _format_port(port: Mapping[str, Any]) -> str:
    return (
        f"{port['name']}={port['containerPort']}" if "name" in port else f"{port['containerPort']}"
    )

"""Ingresses that no controller serves, or that route to a Service that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.shapes import field_of, mapping, mappings, metadata_of, text
from maidenhair.kube.objects import Object, display_name, format_name

KIND, CLASS, SERVICE = "Ingress", "IngressClass", "Service"
OLD_CLASS = "kubernetes.io/ingress.class"
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


def absent_class(facts: Facts) -> Cause | None:
    """Detect an Ingress whose IngressClass does not exist, or that has none although no class is the default."""
    if facts.kind != KIND or not facts.exists:
        return None
    name = _class_of(facts.subject)
    subject = display_name(facts.subject)
    classes = ", ".join(metadata_of(each)["name"] for each in facts.of_kind(CLASS)) or "none"
    if name and facts.is_missing(CLASS, name):
        sentence = (
            f"{subject} uses IngressClass {name}, which does not exist (the cluster has {classes})"
        )
    elif not name and CLASS in facts.known and not any(map(_is_default, facts.of_kind(CLASS))):
        sentence = f"{subject} has no class, and no IngressClass is the default (the cluster has {classes})"
    else:
        return None
    return Cause(sentence, evidence_of(facts, facts.subject))


def absent_backend(facts: Facts) -> Cause | None:
    """Detect an Ingress that routes to a Service, or to a port of one, that does not exist."""
    if facts.kind != KIND:
        return None
    namespace = facts.subject["metadata"].get("namespace")
    for backend in _backends(facts.subject):
        name, port = text(backend.get("name")), mapping(backend.get("port"))
        target = format_name(SERVICE, name, namespace)
        if facts.is_missing(SERVICE, name, namespace):
            problem = f"{target}, which does not exist"
        elif (service := facts.find(SERVICE, name, namespace)) is not None:
            ports = mappings(field_of(service, "spec", "ports"))
            wanted = port.get("name", port.get("number"))
            if any(wanted in (each.get("name"), each.get("port")) for each in ports):
                continue
            has = ", ".join(str(each.get("port")) for each in ports) or "none"
            problem = f"port {wanted} of {target}, which does not exist (the Service has {has})"
        else:
            continue
        sentence = f"{display_name(facts.subject)} routes to {problem}"
        return Cause(sentence, evidence_of(facts, facts.subject))
    return None


def no_address(facts: Facts) -> Cause | None:
    """Detect an Ingress on which no controller has acted."""
    if facts.kind != KIND or not facts.exists:
        return None
    if field_of(facts.subject, "status", "loadBalancer", "ingress"):
        return None
    name = _class_of(facts.subject)
    found = facts.find(CLASS, name) if name else None
    controller = text(field_of(found, "spec", "controller"))
    of_class = f" of IngressClass {name}" if name else ""
    named = f" ({controller})" if controller else ""
    sentence = f"{display_name(facts.subject)} has no address; check that the controller{of_class}{named} is running"
    return Cause(sentence, evidence_of(facts, facts.subject))


RULES: tuple[Rule, ...] = (absent_class, absent_backend, no_address)


def _class_of(ingress: Object) -> str:
    old = mapping(metadata_of(ingress).get("annotations")).get(OLD_CLASS)
    return text(field_of(ingress, "spec", "ingressClassName")) or text(old)


def _is_default(ingress_class: Object) -> bool:
    annotations = mapping(metadata_of(ingress_class).get("annotations"))
    return annotations.get(DEFAULT_CLASS) == "true"


def _backends(ingress: Object) -> Iterator[Object]:
    spec = mapping(ingress.get("spec"))
    found = [spec.get("defaultBackend")]
    for rule in mappings(spec.get("rules")):
        found += [each.get("backend") for each in mappings(field_of(rule, "http", "paths"))]
    for backend in found:
        service = field_of(backend, "service")
        if isinstance(service, dict):
            yield service

"""Gather the facts about an object from the API."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from maidenhair.errors import ApiRefused
from maidenhair.kube.diagnosis import family
from maidenhair.kube.diagnosis.current_pods import own_pods
from maidenhair.kube.diagnosis.facts import ROUTES, Facts, facts_from
from maidenhair.kube.diagnosis.knowledge import Knowledge
from maidenhair.kube.diagnosis.related_objects import GATEWAY_API, RelatedObjects
from maidenhair.kube.diagnosis.reported_state import generation_behind
from maidenhair.kube.diagnosis.shapes import (
    SHAPE_ERRORS,
    field_of,
    framework_kind,
    labels_of,
    mapping,
    mappings,
    metadata_of,
    selects,
    text,
)
from maidenhair.kube.objects import Object, Objects


class Client(family.Client, Protocol):
    """The part of a client that gathering facts uses."""

    @property
    def knowledge(self) -> Knowledge:
        """Return the kinds and rules that systems under test add to explanations of failures."""


def gather_facts(kube: Client, subject: Object) -> Facts:
    """Read the current facts about an object from the API.

    Other objects that the account may not read, or whose kind is not served, are left out.

    Raises:
        KubernetesError: the object could not be read, or the API server did not answer.
    """
    metadata = metadata_of(subject)
    namespace = metadata.get("namespace")
    current = kube.get(subject["apiVersion"], subject["kind"], metadata["name"], namespace)
    subject = current or subject
    owned = tuple(family.find_owned(kube, subject))
    namespaces = [namespace] if namespace else _namespaces_of(owned)
    pods = [pod for each in namespaces for pod in _visible(kube, "Pod", each)]
    # Events of objects without a namespace are in the namespace "default".
    places = dict.fromkeys([*namespaces, *([] if namespace else ["default"])])
    events = [event for each in places for event in _visible(kube, "Event", each)]
    nodes = _visible(kube, "Node") if namespaces else []
    facts = facts_from(subject, pods, events, nodes)
    if subject["kind"] in kube.knowledge.pods:
        with suppress(*SHAPE_ERRORS):
            facts = facts_from(subject, pods, events, nodes, pick_pods=kube.knowledge.pods)
    facts = replace(facts, owned=owned, pods=_with_pods_of(owned, facts, pods, kube.knowledge))
    related = RelatedObjects(kube)
    if namespace:
        _find_related(related, facts, pods, kube.knowledge)
    return replace(facts, related=tuple(related.found), known=frozenset(related.known))


def _namespaces_of(owned: tuple[Object, ...]) -> list[str]:
    found = [text(metadata_of(each).get("namespace")) for each in owned]
    return [each for each in dict.fromkeys(found) if each]


def _with_pods_of(
    owned: tuple[Object, ...], facts: Facts, pods: Objects, knowledge: Knowledge
) -> tuple[Object, ...]:
    """Return the pods of the subject and of the objects that it owns.

    If there are none, return those that a custom resource selects in its own way.
    """
    subject = facts.subject
    if subject["kind"] in knowledge.pods or generation_behind(subject) is not None:
        return facts.pods
    alive = [pod for pod in pods if "deletionTimestamp" not in metadata_of(pod)]
    found = list(facts.pods)
    for each in owned:
        # Services select pods that others own.
        if framework_kind(each) != "Service":
            namespace = metadata_of(each).get("namespace")
            near = [pod for pod in alive if metadata_of(pod).get("namespace") == namespace]
            found += [pod for pod in own_pods(each, near) if pod not in found]
    if not found and "." in facts.kind:
        selector = field_of(subject, "spec", "selector")
        found = [pod for pod in alive if selects(selector, labels_of(pod))]
    return tuple(found)


def _find_related(
    related: RelatedObjects, facts: Facts, pods: Objects, knowledge: Knowledge
) -> None:
    """Look up the objects related to the subject.

    Args:
        related: collects the objects.
        facts: the facts about the subject.
        pods: the pods of the subject's namespace.
        knowledge: the lookups that systems under test add.
    """
    subject = facts.subject
    kind, namespace = facts.kind, metadata_of(subject)["namespace"]
    related.get("v1", "Namespace", namespace)
    if not facts.exists:
        return
    has_claims = any(map(_has_claims, facts.pods)) or kind == "PersistentVolumeClaim"
    if has_claims or any(each["kind"] == "PersistentVolumeClaim" for each in facts.owned):
        related.list("v1", "PersistentVolumeClaim", namespace)
        related.list("storage.k8s.io/v1", "StorageClass")
    # An object of another shape than expected has no such references.
    with suppress(*SHAPE_ERRORS):
        _look_up(related, facts, pods)
    if subject["kind"] in knowledge.related:
        with suppress(*SHAPE_ERRORS):
            knowledge.related[subject["kind"]](related, subject)


def _look_up(related: RelatedObjects, facts: Facts, pods: Objects) -> None:
    subject, kind, namespace = facts.subject, facts.kind, metadata_of(facts.subject)["namespace"]
    if kind == "Service":
        related.found += pods
        related.list("discovery.k8s.io/v1", "EndpointSlice", namespace)
    if kind == "Ingress":
        related.list("networking.k8s.io/v1", "IngressClass")
        related.list("v1", "Service", namespace)
    if kind == "HorizontalPodAutoscaler":
        related.target(subject, namespace)
    if kind == "Gateway":
        related.get(GATEWAY_API, "GatewayClass", subject["spec"]["gatewayClassName"])
    if kind in ROUTES:
        related.route(subject)


def _visible(kube: Client, kind: str, namespace: str | None = None) -> Objects:
    try:
        return kube.list("v1", kind, namespace)
    except ApiRefused:
        return []


def _has_claims(pod: Object) -> bool:
    volumes = mappings(mapping(pod.get("spec")).get("volumes"))
    return any("persistentVolumeClaim" in each or "ephemeral" in each for each in volumes)

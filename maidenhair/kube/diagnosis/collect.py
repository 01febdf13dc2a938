"""Gather the facts about an object from the API."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from maidenhair.errors import ApiRefused
from maidenhair.kube.diagnosis.facts import ROUTES, Facts, facts_from
from maidenhair.kube.diagnosis.knowledge import Knowledge
from maidenhair.kube.diagnosis.related_objects import GATEWAY_API, Reader, RelatedObjects
from maidenhair.kube.objects import Object, Objects


class Client(Reader, Protocol):
    """The part of a client that gathering facts uses."""

    @property
    def knowledge(self) -> Knowledge:
        """Return the kinds and rules that systems under test add to explanations of failures."""


def gather_facts(kube: Client, subject: Object) -> Facts:
    """Read the current facts about an object from the API.

    Other objects that the account may not read, or whose kind is not served, are left out.

    Raises:
        KubernetesError: the object, or the pods and events of its namespace, could not be read.
    """
    namespace = subject["metadata"].get("namespace")
    name = subject["metadata"]["name"]
    current = kube.get(subject["apiVersion"], subject["kind"], name, namespace) or subject
    if namespace is None:
        return facts_from(current, (), _visible(kube, "Event", "default"))
    pods = kube.list("v1", "Pod", namespace)
    events = kube.list("v1", "Event", namespace)
    facts = facts_from(current, pods, events, _visible(kube, "Node"), pick_pods=kube.knowledge.pods)
    related = RelatedObjects(kube)
    _find_related(related, facts, pods, kube.knowledge)
    return replace(facts, related=tuple(related.found), known=frozenset(related.known))


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
    kind, namespace = subject["kind"], subject["metadata"]["namespace"]
    related.get("v1", "Namespace", namespace)
    if "uid" not in subject["metadata"]:
        return
    if kind == "PersistentVolumeClaim" or any(_has_claims(pod) for pod in facts.pods):
        related.list("v1", "PersistentVolumeClaim", namespace)
        related.list("storage.k8s.io/v1", "StorageClass")
    if kind == "Service":
        related.found += pods
        related.list("discovery.k8s.io/v1", "EndpointSlice", namespace)
    if kind == "Gateway":
        related.get(GATEWAY_API, "GatewayClass", subject["spec"]["gatewayClassName"])
    if kind in ROUTES:
        related.route(subject)
    if kind in knowledge.related:
        knowledge.related[kind](related, subject)


def _visible(kube: Reader, kind: str, namespace: str | None = None) -> Objects:
    try:
        return kube.list("v1", kind, namespace)
    except ApiRefused:
        return []


def _has_claims(pod: Object) -> bool:
    volumes = pod["spec"].get("volumes") or []
    return any("persistentVolumeClaim" in each or "ephemeral" in each for each in volumes)

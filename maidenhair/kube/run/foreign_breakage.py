"""Find broken APIs that no run created and that keep Kubernetes from deleting a namespace which is empty."""

from __future__ import annotations

from collections.abc import Iterator

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object, condition, is_true
from maidenhair.kube.run.labels import RUN_LABEL

FAILURES = ("NamespaceDeletionDiscoveryFailure", "NamespaceDeletionContentFailure")
REMAINING = ("NamespaceContentRemaining", "NamespaceFinalizersRemaining")


def describe_foreign_breakage(kube: Kube, namespace: Object) -> str | None:
    """Describe the foreign APIs that block the deletion of a namespace without objects.

    Kubernetes deletes a namespace only after every API has confirmed that it has no objects there.

    Args:
        kube: the API client.
        namespace: the namespace, which is being deleted.

    Returns:
        The APIs and what is wrong with them; None if the namespace has objects, if its deletion is in progress, or if
        an API that a run created blocks it.
    """
    if not any(is_true(condition(namespace, each)) for each in FAILURES):
        return None
    for each in REMAINING:
        found = condition(namespace, each)
        if found is None or found["status"] != "False":
            return None
    broken = [*_broken_api_services(kube), *_broken_kinds(kube, namespace["metadata"]["name"])]
    if not broken or any(is_of_run for _, is_of_run in broken):
        return None
    return "; ".join(description for description, _ in broken)


def _broken_api_services(kube: Kube) -> Iterator[tuple[str, bool]]:
    """Yield descriptions of APIServices that are not available, and whether a run created them."""
    try:
        services = kube.list("apiregistration.k8s.io/v1", "APIService")
    except KubernetesError:
        return
    for each in services:
        available = condition(each, "Available")
        if available is not None and available["status"] != "True":
            reason = available.get("message") or available.get("reason")
            yield f"APIService {each['metadata']['name']} is not available: {reason}", _of_run(each)


def _broken_kinds(kube: Kube, namespace: str) -> Iterator[tuple[str, bool]]:
    """Yield descriptions of custom kinds that cannot be listed, and whether a run defined them."""
    for resource in kube.discovery.all():
        if not resource.namespaced or "list" not in resource.verbs:
            continue
        try:
            kube.list(resource.api_version, resource.kind, namespace)
        except ApiRefused as refused:
            if refused.status not in (403, 404, 405):
                name = f"{resource.plural}.{resource.api_version.rpartition('/')[0]}"
                yield (
                    f"CustomResourceDefinition {name}: {refused}",
                    _is_definition_of_run(kube, name),
                )


def _is_definition_of_run(kube: Kube, name: str) -> bool:
    try:
        found = kube.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", name)
    except KubernetesError:
        return False
    return found is not None and _of_run(found)


def _of_run(each: Object) -> bool:
    return RUN_LABEL in (each["metadata"].get("labels") or {})

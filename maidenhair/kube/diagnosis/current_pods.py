"""Select the pods that show the current problem of an object."""

from __future__ import annotations

from maidenhair.kube.diagnosis.shapes import (
    field_of,
    framework_kind,
    labels_of,
    mappings,
    metadata_of,
    owner_references,
    parse_selector,
    selects,
    text,
    whole_number,
)
from maidenhair.kube.objects import Object, Objects

SELECTING_KINDS = frozenset(
    {
        "DaemonSet",
        "Deployment",
        "Job",
        "PodDisruptionBudget",
        "ReplicaSet",
        "ReplicationController",
        "Service",
        "StatefulSet",
    }
)
"""The kinds of Kubernetes whose `spec.selector` selects pods. That of a claim, for example, selects volumes."""

_HASHES = {"Deployment": "pod-template-hash", "DaemonSet": "controller-revision-hash"}
_COUNTS = {"Deployment": "updatedReplicas", "DaemonSet": "updatedNumberScheduled"}


def own_pods(subject: Object, pods: Objects) -> Objects:
    """Return the pods of an object, without those of an older version of it.

    Pods belong to an object if it is their owner, or if its kind selects pods and its selector matches their labels.
    """
    mine = [pod for pod in pods if belongs_to(pod, subject)]
    # Pods of an older version of the subject do not show its current problem.
    return [pod for pod in mine if not _is_outdated(pod, subject, mine)]


def belongs_to(pod: Object, subject: Object) -> bool:
    """Return whether a pod is the subject, is owned by it, or is selected by it."""
    kind, metadata = framework_kind(subject), metadata_of(subject)
    if kind == "Pod":
        return bool(metadata_of(pod).get("name") == metadata.get("name"))
    for owner in owner_references(pod):
        same_name = (owner.get("kind"), owner.get("name")) == (
            subject.get("kind"),
            metadata.get("name"),
        )
        if same_name and owner.get("uid", metadata.get("uid")) == metadata.get("uid"):
            return True
    return selects(pod_selector(subject), labels_of(pod))


def pod_selector(subject: Object) -> Object | None:
    """Return the selector by which an object selects pods, or None if it selects none.

    For a custom resource it is the selector of its scale subresource, which by definition selects pods.
    """
    kind = framework_kind(subject)
    if kind in SELECTING_KINDS:
        return parse_selector(field_of(subject, "spec", "selector"))
    if "." in kind:
        selector = field_of(subject, "status", "selector")
        return parse_selector(selector) if isinstance(selector, str) else None
    return None


def images_of(pod_spec: object) -> dict[str, str]:
    """Return the images of the containers of a pod's spec, by the container's name."""
    return {
        text(each.get("name")): text(each.get("image"))
        for each in mappings(field_of(pod_spec, "containers"))
        if text(each.get("image"))
    }


def _is_outdated(pod: Object, subject: Object, pods: Objects) -> bool:
    if framework_kind(subject) in ("Job", "ReplicaSet"):
        # Their pods have the template of now, whatever a webhook made of their images.
        return False
    images = images_of(pod.get("spec"))
    wanted = images_of(field_of(subject, "spec", "template", "spec"))
    differs = any(images.get(name, image) != image for name, image in wanted.items())
    return differs and not _is_rewritten(pod, subject, pods)


def _is_rewritten(pod: Object, subject: Object, pods: Objects) -> bool:
    """Return whether a pod of the current version has other images, for example because a webhook rewrote them."""
    status = subject.get("status")
    generation = whole_number(metadata_of(subject).get("generation"))
    if generation is None or field_of(status, "observedGeneration") != generation:
        return False
    kind = framework_kind(subject)
    if kind == "StatefulSet":
        revision = field_of(status, "updateRevision")
        return bool(revision) and labels_of(pod).get("controller-revision-hash") == revision
    if not whole_number(field_of(status, _COUNTS.get(kind, ""))):
        return False
    # The controller has made pods of the current version, which are the newest.
    newest = max(pods, key=lambda each: text(metadata_of(each).get("creationTimestamp")))
    label = _HASHES[kind]
    return bool(labels_of(pod).get(label) == labels_of(newest).get(label))

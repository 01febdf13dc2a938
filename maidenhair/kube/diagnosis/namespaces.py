"""Find the objects that block the deletion of a namespace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from maidenhair.errors import ApiRefused
from maidenhair.kube.api_resources import Resource
from maidenhair.kube.diagnosis.related_objects import Reader, ServedKinds
from maidenhair.kube.objects import Object, conditions, display_name, is_true

OBJECTS_SHOWN = 20


class Client(Reader, Protocol):
    """The part of a client that inspecting a namespace uses."""

    @property
    def discovery(self) -> ServedKinds:
        """Return the kinds that the server serves."""


def describe_blockers(kube: Client, name: str) -> str:
    """Describe why a namespace is not gone: its conditions, remaining objects and finalizers."""
    namespace = kube.get("v1", "Namespace", name)
    if namespace is None:
        return f"Namespace {name} no longer exists"
    lines = [
        f"  {each['type']}: {each.get('message', '')}"
        for each in conditions(namespace)
        if is_true(each)
    ]
    remaining, hidden = remaining_in(kube, name)
    lines += [f"  {_blocker(each)}" for each in remaining[:OBJECTS_SHOWN]]
    if len(remaining) > OBJECTS_SHOWN:
        lines.append(f"  … and {len(remaining) - OBJECTS_SHOWN} more")
    if hidden:
        lines.append(f"  … and kinds that this account may not list: {', '.join(hidden)}")
    finalizers = (namespace.get("spec") or {}).get("finalizers") or []
    headline = f"Namespace {name} (finalizers: {', '.join(finalizers) or 'none'}) still contains"
    # The first of them here, because summaries show only the first line.
    first = f", first {_blocker(remaining[0])}" if remaining else ""
    return "\n".join([f"{headline} {len(remaining)} objects{first}:", *lines])


def remaining_in(kube: Client, namespace: str) -> tuple[list[Object], list[str]]:
    """Return the objects of a namespace, those with finalizers first, and the kinds that the account may not list."""
    found: list[Object] = []
    hidden = []
    for resource in _kinds_to_list(kube):
        try:
            found += kube.list(resource.api_version, resource.kind, namespace)
        except ApiRefused as refused:
            # The kind was removed after its discovery, or the account may not list it. The others still help.
            if refused.status == 403:
                hidden.append(resource.kind)
    # Objects with finalizers first, because the others may wait for them.
    return sorted(found, key=lambda each: not each["metadata"].get("finalizers")), hidden


def _kinds_to_list(kube: Client) -> Iterable[Resource]:
    # Events are served by two groups and block nothing. Metrics cannot be deleted.
    return (
        each
        for each in kube.discovery.all()
        if each.namespaced and {"list", "delete"} <= each.verbs and each.kind != "Event"
    )


def _blocker(remaining: Object) -> str:
    metadata = remaining["metadata"]
    finalizers = ", ".join(metadata.get("finalizers") or [])
    waiting = f", waiting for finalizers: {finalizers}" if finalizers else ""
    state = "is being deleted" if "deletionTimestamp" in metadata else "exists"
    return f"{display_name(remaining)} {state}{waiting}"

"""What keeps a namespace from being gone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from maidenhair.errors import ApiRefused
from maidenhair.kube.api_resources import Discovery, Resource
from maidenhair.kube.diagnosis.related_objects import Reader
from maidenhair.kube.objects import Object, conditions, display_name, is_true

OBJECTS_SHOWN = 20


class Client(Reader, Protocol):
    """What looking into a namespace needs of a client."""

    @property
    def discovery(self) -> Discovery:
        """Return which kinds the server has."""


def what_blocks(kube: Client, name: str) -> str:
    """Return what keeps a namespace from being gone: conditions, what remains, and finalizers."""
    namespace = kube.get("v1", "Namespace", name)
    if namespace is None:
        return f"Namespace {name} is gone by now"
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
        lines.append(f"  … and what this account may not list there: {', '.join(hidden)}")
    finalizers = (namespace.get("spec") or {}).get("finalizers") or []
    headline = f"Namespace {name} (finalizers: {', '.join(finalizers) or 'none'}) still has"
    return "\n".join([f"{headline} {len(remaining)} objects:", *lines])


def remaining_in(kube: Client, namespace: str) -> tuple[list[Object], list[str]]:
    """Return the objects of a namespace, those with finalizers first, and the kinds that may not be listed."""
    found: list[Object] = []
    hidden = []
    for resource in _kinds_to_list(kube):
        try:
            found += kube.list(resource.api_version, resource.kind, namespace)
        except ApiRefused as refused:
            # The kind went away since it was discovered, or may not be listed: the rest still helps.
            if refused.status == 403:
                hidden.append(resource.kind)
    # Those with finalizers first: they are what the others wait for.
    return sorted(found, key=lambda each: not each["metadata"].get("finalizers")), hidden


def _kinds_to_list(kube: Client) -> Iterable[Resource]:
    # Events and metrics are seen in several groups, and block nothing.
    return (
        each
        for each in kube.discovery.all()
        if each.namespaced and {"list", "delete"} <= each.verbs and each.kind != "Event"
    )


def _blocker(remaining: Object) -> str:
    metadata = remaining["metadata"]
    finalizers = ", ".join(metadata.get("finalizers") or [])
    waits = f", waits for its finalizers: {finalizers}" if finalizers else ""
    state = "is being deleted" if "deletionTimestamp" in metadata else "is there"
    return f"{display_name(remaining)} {state}{waits}"

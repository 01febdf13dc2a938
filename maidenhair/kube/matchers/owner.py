"""Match objects by their owner references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube.matchers.base import MaybeObject, ObjectMatcher
from maidenhair.kube.objects import display_name


def is_owned_by(owner: Mapping[str, Any], *, controller: bool = False) -> BaseMatcher[MaybeObject]:
    """Match an object with an owner reference to `owner`.

    Args:
        owner: the owner, compared by uid; an owner without a uid, such as a manifest, by API group, kind and name.
        controller: whether the owner must be the object's controller.

    Example:
        >>> widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "blue"}}
        >>> owner = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "blue", "uid": "1"}
        >>> is_owned_by(widget).matches({"metadata": {"ownerReferences": [owner]}})
        True
    """
    return IsOwnedBy(owner, controller)


class IsOwnedBy(ObjectMatcher):
    """Match an object with an owner reference to another object."""

    def __init__(self, owner: Mapping[str, Any], controller: bool) -> None:
        self._owner = owner
        self._controller = controller

    def _matches(self, item: MaybeObject) -> bool:
        return any(self._refers_to_owner(reference) for reference in _references(item))

    def describe_to(self, description: Description) -> None:
        """Describe the expected owner."""
        verb = "controlled" if self._controller else "owned"
        uid = self._owner["metadata"].get("uid")
        description.append_text(f"an object {verb} by {display_name(self._owner)}")
        description.append_text(f" (uid {uid})" if uid else "")

    def _refers_to_owner(self, reference: Mapping[str, Any]) -> bool:
        if self._controller and not reference.get("controller"):
            return False
        uid = self._owner["metadata"].get("uid")
        if uid:
            return bool(reference["uid"] == uid)
        return _identity(reference, reference["name"]) == _identity(
            self._owner, self._owner["metadata"]["name"]
        )

    def _describe_actual(self, item: MaybeObject) -> str:
        if item is None:
            return super()._describe_actual(item)
        owners = ", ".join(map(_format_owner, _references(item)))
        return f"{display_name(item)} was owned by {owners or 'nothing'}"


def _references(item: MaybeObject) -> list[Mapping[str, Any]]:
    return ((item or {}).get("metadata") or {}).get("ownerReferences") or []


def _identity(described_by: Mapping[str, Any], name: str) -> tuple[str, str, str]:
    # Without the version, because all versions of a group are views of the same objects.
    group, slash, _ = described_by["apiVersion"].rpartition("/")
    return (group if slash else "", described_by["kind"], name)


def _format_owner(reference: Mapping[str, Any]) -> str:
    role = ", its controller" if reference.get("controller") else ""
    return f"{reference['kind']} {reference['name']} (uid {reference['uid']}{role})"

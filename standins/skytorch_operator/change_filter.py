"""Filters out irrelevant changes, because gateway controllers rewrite the times of their conditions all the time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

IRRELEVANT_FIELDS = frozenset(
    {"attachedRoutes", "lastTransitionTime", "managedFields", "resourceVersion"}
)


class ChangeFilter:
    """Decides whether a change of an object is relevant, by a digest of the relevant fields of each object."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def is_relevant(self, body: Mapping[str, Any], deleted: bool = False) -> bool:
        """Return whether an object is new, was deleted, or differs in a relevant field from the last call.

        Args:
            body: the object.
            deleted: whether the object was deleted. Its digest is then removed.
        """
        identity = str(body["metadata"].get("uid"))
        if deleted:
            self._seen.pop(identity, None)
            return True
        digest = _digest(body)
        if self._seen.get(identity) == digest:
            return False
        self._seen[identity] = digest
        return True


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(_relevant(body), sort_keys=True).encode()).hexdigest()


def _relevant(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _conditions(each) if key == "conditions" else _relevant(each)
            for key, each in value.items()
            if key not in IRRELEVANT_FIELDS
        }
    if isinstance(value, (list, tuple)):
        return [_relevant(each) for each in value]
    return value


def _conditions(conditions: Any) -> Any:
    """Return conditions sorted by type. The API treats them as a map, so their order is irrelevant."""
    relevant = [_relevant(each) for each in conditions or ()]
    return sorted(relevant, key=lambda each: str(each.get("type")))

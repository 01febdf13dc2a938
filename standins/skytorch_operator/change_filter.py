"""Tells changes that matter from those that do not: gateways write the times of their conditions anew all the time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

WITHOUT_MEANING = frozenset(
    {"attachedRoutes", "lastTransitionTime", "managedFields", "resourceVersion"}
)


class News:
    """Remembers objects as digests of what matters of them; what it forgets is news again."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def is_news(self, body: Mapping[str, Any], deleted: bool = False) -> bool:
        """Tell whether an object differs from when it was last seen, or was not seen before.

        Args:
            body: the object.
            deleted: whether it is gone; that is news, and it is forgotten.
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
    return hashlib.sha256(json.dumps(_meaning(body), sort_keys=True).encode()).hexdigest()


def _meaning(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _conditions(each) if key == "conditions" else _meaning(each)
            for key, each in value.items()
            if key not in WITHOUT_MEANING
        }
    if isinstance(value, (list, tuple)):
        return [_meaning(each) for each in value]
    return value


def _conditions(conditions: Any) -> Any:
    """Return conditions in the order of their types: they are a map, written as a list."""
    told = [_meaning(each) for each in conditions or ()]
    return sorted(told, key=lambda each: str(each.get("type")))

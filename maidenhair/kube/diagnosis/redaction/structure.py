"""The words that say what an object is. They stay readable although a Secret happens to contain one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from maidenhair.kube.objects import Object

IDENTITY = frozenset(("apiVersion", "kind", "name", "namespace", "uid", "generateName"))
"""The fields that identify an object, in its metadata and in references to it. They are never redacted."""

_COMMON_WORDS = frozenset(
    (
        *("active", "always", "automatic", "default", "disabled", "enabled", "external", "false"),
        *("global", "internal", "kubernetes", "localhost", "manual", "namespace", "normal"),
        *("optional", "pending", "production", "public", "required", "running", "service"),
        *("standard", "static", "succeeded", "system", "testing", "unknown", "warning"),
    )
)
"""Words of many settings and messages. They are no secrets, whatever the name of their key."""

_SECRET_KEY = re.compile(r"auth|cert|cred|key|pass|pin|pwd|salt|secret|seed|token", re.I)
_PLAIN_WORD = re.compile(r"[A-Za-z]+(?:[-_.][A-Za-z]+)*")


def is_plain_setting(key: str, value: str) -> bool:
    """Return whether an entry of a Secret is a setting that is no secret, such as `mode: enabled` or `user: default`.

    Args:
        key: the key of the entry.
        value: its decoded value.
    """
    if value.lower() in _COMMON_WORDS:
        return True
    return _SECRET_KEY.search(key) is None and _PLAIN_WORD.fullmatch(value) is not None


def public_words(objects: Iterable[Object]) -> set[str]:
    """Return the names, namespaces and kinds of objects and of their containers."""
    words: set[str] = set()
    for each in objects:
        words.add(str(each.get("kind", "")))
        metadata = each.get("metadata") or {}
        words.update(str(metadata.get(field, "")) for field in ("name", "namespace"))
        words.update(_names_of_containers(each))
    return words


def _names_of_containers(subject: Object) -> Iterator[str]:
    if subject.get("kind") != "Pod":
        return
    spec = subject.get("spec") or {}
    for field in ("initContainers", "containers", "ephemeralContainers"):
        for each in spec.get(field) or ():
            yield str(each.get("name", ""))

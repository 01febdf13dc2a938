"""Kinds that are not served at the moment: which were served before, which are expected, and which look similar."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Iterable
from typing import Protocol

from maidenhair.errors import KubernetesError
from maidenhair.kube.objects import Objects

CRD_API_VERSION = "apiextensions.k8s.io/v1"
CRD_KIND = "CustomResourceDefinition"
MOST_SIMILAR = 3
SIMILARITY = 0.6


class ServedKind(Protocol):
    """The part of a `Resource` that this module uses."""

    @property
    def api_version(self) -> str:
        """Return the group and version."""

    @property
    def kind(self) -> str:
        """Return the kind."""

    @property
    def plural(self) -> str:
        """Return the name in paths."""


class KnownKinds:
    """The kinds that a client has seen served, or expects to be served. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # By kind, the API groups; None for any.
        self._served: dict[str, set[str | None]] = {}
        self._expected: dict[str, set[str | None]] = {}

    def add_served(self, resources: Iterable[ServedKind]) -> None:
        """Remember kinds that are served."""
        with self._lock:
            for each in resources:
                self._served.setdefault(each.kind, set()).add(group_of(each.api_version))

    def expect(self, kind: str, group: str | None = None) -> None:
        """Remember a kind that will be served.

        Args:
            kind: the kind, for example "Widget".
            group: its API group; None for any.
        """
        with self._lock:
            self._expected.setdefault(kind, set()).add(group)

    def has_served(self, api_version: str, kind: str) -> bool:
        """Return whether a kind was served at some time.

        Args:
            api_version: the group and version; "" for any.
            kind: the kind.
        """
        with self._lock:
            return _includes(self._served.get(kind), api_version)

    def expects(self, api_version: str, kind: str) -> bool:
        """Return whether a kind is expected; the arguments are those of `has_served`."""
        with self._lock:
            return _includes(self._expected.get(kind), api_version)


def _includes(groups: set[str | None] | None, api_version: str) -> bool:
    if not groups:
        return False
    return not api_version or bool(groups & {None, group_of(api_version)})


def group_of(api_version: str) -> str:
    """Return the API group of an apiVersion, for example "apps"; "" for the core group."""
    return api_version.rpartition("/")[0]


def similar_kinds(kind: str, served: Iterable[ServedKind]) -> list[str]:
    """Return the kinds whose names are most like a kind's, for example "Deployment (apps/v1)", the closest first.

    Args:
        kind: the kind, perhaps misspelt or in the plural.
        served: the kinds that are served.
    """
    by_name: dict[str, dict[str, None]] = {}
    for each in served:
        label = f"{each.kind} ({each.api_version})"
        for name in (each.kind.lower(), each.plural):
            by_name.setdefault(name, {})[label] = None
    close = difflib.get_close_matches(kind.lower(), by_name, 2 * MOST_SIMILAR, SIMILARITY)
    found = dict.fromkeys(label for name in close for label in by_name[name])
    return list(found)[:MOST_SIMILAR]


class DefinitionLister(Protocol):
    """The part of a client that looks up definitions."""

    def list(self, api_version: str, kind: str) -> Objects:
        """Return the objects of a kind."""


def is_defined(client: DefinitionLister, api_version: str, kind: str) -> bool:
    """Return whether a CustomResourceDefinition of a kind exists. It may not be established yet.

    Args:
        client: the API client.
        api_version: the group and version; "" for any.
        kind: the kind.
    """
    try:
        definitions = client.list(CRD_API_VERSION, CRD_KIND)
    except KubernetesError:
        # The account may not list them.
        return False
    specs = [each["spec"] for each in definitions]
    return any(
        spec["names"]["kind"] == kind
        and (not api_version or spec["group"] == group_of(api_version))
        for spec in specs
    )

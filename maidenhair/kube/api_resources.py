"""Kinds, versions and REST paths that an API server serves, discovered once per group-version."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import Any

from maidenhair.errors import ApiRefused
from maidenhair.kube.known_kinds import KnownKinds, group_of, similar_kinds
from maidenhair.kube.resource import Resource, preferred_resources, root_of
from maidenhair.kube.transport import Request, Transport

__all__ = ["Discovery", "Resource"]

SUMMARY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
_LOG = logging.getLogger(__name__)


class Discovery:
    """Discover the kinds that an API server serves.

    Safe to share between threads.

    Args:
        transport: the connection to the API server.

    Attributes:
        known_kinds: the kinds that were served so far, or are expected.
    """

    def __init__(self, transport: Transport) -> None:
        self.known_kinds = KnownKinds()
        self._transport = transport
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Resource]] = {}
        self._by_kind: dict[str, Resource] = {}
        self._broken: set[str] = set()

    def resource_of_kind(self, kind: str) -> Resource:
        """Return the resource that serves `kind` in the first API group that has it, the core group first.

        Args:
            kind: the kind without its API group, for example "StatefulSet".

        Raises:
            ApiRefused: no group of the server serves the kind (reason "NotFound").
            ApiUnreachable: the server did not answer.
        """
        with self._lock:
            known = self._by_kind.get(kind)
        if known is not None:
            return known
        found = next((each for each in self._summary() if each.kind == kind), None)
        if found is None:
            # The summary may be late, and lacks groups that do not answer.
            served = self.all()
            found = next((each for each in served if each.kind == kind), None)
            if found is None:
                raise no_kind("any API group", kind, served)
        with self._lock:
            self._by_kind[kind] = found
        return found

    def resource(self, api_version: str, kind: str) -> Resource:
        """Return the resource that serves `kind`. Unknown kinds are discovered again on every call.

        Args:
            api_version: the group and version; "" for the first group that has the kind.
            kind: the kind.

        Raises:
            ApiRefused: the server does not serve the kind (reason "NotFound").
            ApiUnreachable: the server did not answer.
        """
        if not api_version:
            return self.resource_of_kind(kind)
        with self._lock:
            known = self._known.get(api_version, {}).get(kind)
        if known is not None:
            return known
        kinds = self._fetch_kinds(api_version)
        with self._lock:
            self._known[api_version] = kinds
        if kind not in kinds:
            raise no_kind(api_version, kind, kinds.values())
        return kinds[kind]

    def has_moved(self, path: str) -> bool:
        """Return whether the kind at a path, which the API server does not know, is now served at another path.

        That is so if its CustomResourceDefinition was replaced by one with another scope, plural or version. What was
        discovered about its API group is forgotten in any case.

        Args:
            path: the path of an object or a collection.
        """
        with self._lock:
            known = [each for kinds in self._known.values() for each in kinds.values()]
            known += self._by_kind.values()
            former = next((each for each in known if each.is_at(path)), None)
            if former is None:
                return False
            group = group_of(former.api_version)
            for version in [each for each in self._known if group_of(each) == group]:
                del self._known[version]
            self._by_kind = {
                kind: each
                for kind, each in self._by_kind.items()
                if group_of(each.api_version) != group
            }
        try:
            return self.resource(former.api_version, former.kind) != former
        except ApiRefused:
            return any(
                each.kind == former.kind and group_of(each.api_version) == group
                for each in self.all()
            )

    @property
    def server(self) -> str:
        """Return the API server's address."""
        return self._transport.server

    def version(self) -> str:
        """Return the server's Kubernetes version, for example "v1.34.4"."""
        request = Request("get the Kubernetes version", "GET", "/version")
        return str(self._transport.send(request)["gitVersion"])

    def group_versions(self, group: str) -> tuple[str, ...]:
        """Return the served versions of an API group, preferred version first.

        Returns an empty tuple if the server does not serve the group.
        """
        request = Request(f"list the versions of API group {group}", "GET", f"/apis/{group}")
        try:
            answer = self._transport.send(request)
        except ApiRefused as refused:
            if refused.status == 404:
                return ()
            raise
        return tuple(each["version"] for each in answer["versions"])

    def schema_fields(self, api_version: str, kind: str, part: str) -> tuple[str, ...]:
        """Return the names of the fields of a kind, from the server's OpenAPI schema.

        Args:
            api_version: the group and version.
            kind: the kind.
            part: the top-level field to look into, for example "spec".

        Returns:
            The sorted field names; empty if the schema has no such kind or part.

        Raises:
            ApiRefused: the server refused to describe its API.
            ApiUnreachable: the server did not answer.
        """
        path = f"/openapi/v3{root_of(api_version)}"
        request = Request(f"get the OpenAPI schema of {kind} ({api_version})", "GET", path)
        try:
            answer = self._transport.send(request)
        except ApiRefused as refused:
            if refused.status == 404:
                return ()
            raise
        for schema in answer["components"]["schemas"].values():
            names = [each["kind"] for each in schema.get("x-kubernetes-group-version-kind", ())]
            if names == [kind]:
                content = schema.get("properties", {}).get(part, {})
                return tuple(sorted(content.get("properties", {})))
        return ()

    def all(self) -> list[Resource]:
        """Discover every kind in its preferred version. The result is not cached.

        Group-versions that fail are left out, for example those of an aggregated API server that is down. A warning is
        logged once for each.
        """
        groups = self._transport.send(Request("list API groups", "GET", "/apis"))["groups"]
        found: list[Resource] = []
        for version in ["v1", *(group["preferredVersion"]["groupVersion"] for group in groups)]:
            try:
                found += self._fetch_kinds(version).values()
            except ApiRefused as refused:
                self._warn_once(version, refused)
        return found

    def _summary(self) -> list[Resource]:
        """Return the kinds in two requests, if the API server summarizes its groups (from Kubernetes 1.30 on)."""
        found: list[Resource] = []
        for path in ("/api", "/apis"):
            request = Request("summarize the API groups", "GET", path, accept=SUMMARY)
            try:
                answer = self._transport.send(request)
            except ApiRefused:
                return []
            if answer.get("kind") != "APIGroupDiscoveryList":
                return []
            found += preferred_resources(answer["items"])
        self.known_kinds.add_served(found)
        return found

    def _warn_once(self, api_version: str, refused: ApiRefused) -> None:
        with self._lock:
            is_new = api_version not in self._broken
            self._broken.add(api_version)
        if is_new and refused.status != 403:
            _LOG.warning("the kinds of %s are passed over: %s", api_version, refused)

    def _fetch_kinds(self, api_version: str) -> dict[str, Resource]:
        request = Request(f"discover the kinds of {api_version}", "GET", root_of(api_version))
        try:
            answer = self._transport.send(request)
        except ApiRefused as refused:
            if refused.status == 404:
                return {}
            raise
        found = {each.kind: each for each in _parse_resources(api_version, answer["resources"])}
        self.known_kinds.add_served(found.values())
        return found


def _parse_resources(api_version: str, entries: Iterable[dict[str, Any]]) -> Iterable[Resource]:
    for entry in entries:
        if "/" not in entry["name"]:
            verbs = frozenset(entry["verbs"])
            yield Resource(
                api_version,
                entry["kind"],
                entry["name"],
                entry["namespaced"],
                verbs,
                entry.get("singularName") or entry["kind"].lower(),
                tuple(entry.get("shortNames") or ()),
            )


def no_kind(api_version: str, kind: str, served: Iterable[Resource]) -> ApiRefused:
    """Return the error for a kind that is not served. It names the kinds among `served` that are most like it."""
    similar = similar_kinds(kind, served)
    hint = f"; similar kinds: {', '.join(similar)}" if similar else ""
    return ApiRefused(
        f"find kind {kind} ({api_version})",
        404,
        "NotFound",
        f"the API server does not serve this kind; check that its CustomResourceDefinition is installed{hint}",
    )

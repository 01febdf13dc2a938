"""Which REST path serves a kind, asked of the API server once per group-version."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from maidenhair.errors import ApiRefused
from maidenhair.kube.transport import Request, Transport


@dataclass(frozen=True)
class Resource:
    """How the API serves a kind.

    Attributes:
        api_version: the group and version, such as "apps/v1".
        kind: such as "StatefulSet".
        plural: the name in paths, such as "statefulsets".
        namespaced: whether its objects live in namespaces.
        verbs: what can be done with it, such as "list".
    """

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str]

    def path(self, namespace: str | None, name: str | None = None) -> str:
        """Return the path of an object or a collection; without a namespace, that across all."""
        parts = [_root(self.api_version)]
        if self.namespaced and namespace:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        if name is not None:
            parts.append(quote(name, safe=""))
        return "/".join(parts)


class Discovery:
    """The kinds that an API server serves; safe to share between threads."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Resource]] = {}

    def resource(self, api_version: str, kind: str) -> Resource:
        """Return how `kind` is served; a kind not known yet is asked for again.

        Raises:
            ApiRefused: the server has no such kind (reason "NotFound").
            ApiUnreachable: nothing answered.
        """
        with self._lock:
            known = self._known.get(api_version, {}).get(kind)
        if known is not None:
            return known
        kinds = self._ask(api_version)
        with self._lock:
            self._known[api_version] = kinds
        if kind not in kinds:
            raise _no_kind(api_version, kind)
        return kinds[kind]

    @property
    def server(self) -> str:
        """Return the API server's address."""
        return self._transport.server

    def version(self) -> str:
        """Return the version of Kubernetes, such as "v1.34.4"."""
        request = Request("ask for the version of Kubernetes", "GET", "/version")
        return str(self._transport.send(request)["gitVersion"])

    def versions_of(self, group: str) -> tuple[str, ...]:
        """Return the versions of a group that the API server serves, the preferred ones first; none if it has none."""
        request = Request(f"ask for the versions of {group}", "GET", f"/apis/{group}")
        try:
            answer = self._transport.send(request)
        except ApiRefused as refused:
            if refused.status == 404:
                return ()
            raise
        return tuple(each["version"] for each in answer["versions"])

    def fields_of(self, api_version: str, kind: str, part: str) -> tuple[str, ...]:
        """Return the fields of a part of a kind, such as its "spec", as the API server describes them; none of others.

        Raises:
            ApiRefused: the server refused to describe its API.
            ApiUnreachable: nothing answered.
        """
        path = f"/openapi/v3{_root(api_version)}"
        request = Request(f"ask for the fields of {kind} of {api_version}", "GET", path)
        try:
            answer = self._transport.send(request)
        except ApiRefused as refused:
            if refused.status == 404:
                return ()
            raise
        for schema in answer["components"]["schemas"].values():
            names = [each["kind"] for each in schema.get("x-kubernetes-group-version-kind", ())]
            if names == [kind]:
                described = schema.get("properties", {}).get(part, {})
                return tuple(sorted(described.get("properties", {})))
        return ()

    def all(self) -> list[Resource]:
        """Return every kind in its preferred version, asked of the server anew.

        Group-versions that do not answer, as when an aggregated server is down, are left out.
        """
        groups = self._transport.send(Request("list API groups", "GET", "/apis"))["groups"]
        found: list[Resource] = []
        for version in ["v1", *(group["preferredVersion"]["groupVersion"] for group in groups)]:
            try:
                found += self._ask(version).values()
            except ApiRefused:
                continue
        return found

    def _ask(self, api_version: str) -> dict[str, Resource]:
        request = Request(f"discover the kinds of {api_version}", "GET", _root(api_version))
        try:
            answer = self._transport.send(request)
        except ApiRefused as refused:
            if refused.status == 404:
                return {}
            raise
        return {each.kind: each for each in _resources(api_version, answer["resources"])}


def _resources(api_version: str, entries: Iterable[dict[str, Any]]) -> Iterable[Resource]:
    for entry in entries:
        if "/" not in entry["name"]:
            verbs = frozenset(entry["verbs"])
            yield Resource(api_version, entry["kind"], entry["name"], entry["namespaced"], verbs)


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _no_kind(api_version: str, kind: str) -> ApiRefused:
    return ApiRefused(
        f"find the kind {kind} of {api_version}",
        404,
        "NotFound",
        "the API server does not serve it; is its CustomResourceDefinition installed?",
    )

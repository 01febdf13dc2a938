"""A kind that an API server serves, and its paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Resource:
    """A kind that the API server serves.

    Attributes:
        api_version: the group and version, for example "apps/v1".
        kind: the kind, for example "StatefulSet".
        plural: the name in paths, for example "statefulsets".
        namespaced: whether objects of the kind belong to a namespace.
        verbs: the supported verbs, for example "list".
        singular: the name of one object, for example "statefulset".
        short_names: short forms of the name, for example "sts".
    """

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str]
    singular: str = ""
    short_names: tuple[str, ...] = ()

    def path(self, namespace: str | None, name: str | None = None) -> str:
        """Return the path of an object, or of a collection if `name` is None.

        Args:
            namespace: the namespace; None for the collection across all namespaces.
            name: the object's name.
        """
        parts = [root_of(self.api_version)]
        if self.namespaced and namespace:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        if name is not None:
            parts.append(quote(name, safe=""))
        return "/".join(parts)

    def is_at(self, path: str) -> bool:
        """Return whether a path is that of an object or a collection of this kind."""
        root = f"{root_of(self.api_version)}/"
        parts = path.removeprefix(root).split("/")
        if parts[0] == "namespaces" and len(parts) > 2:
            parts = parts[2:]
        return path.startswith(root) and parts[0] == self.plural


def root_of(api_version: str) -> str:
    """Return the path of a group and version, for example "/apis/apps/v1"."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def preferred_resources(groups: Iterable[Any]) -> Iterable[Resource]:
    """Return the kinds in an APIGroupDiscoveryList, each in the preferred version of its group.

    Args:
        groups: the items of the list. Groups that the API server could not ask are left out.
    """
    for group in groups:
        version = group["versions"][0]
        name = group["metadata"].get("name", "")
        api_version = f"{name}/{version['version']}" if name else version["version"]
        for each in version.get("resources", ()):
            kind = each.get("responseKind", {}).get("kind")
            # A resource without a kind of its own only has subresources.
            if kind:
                yield Resource(
                    api_version,
                    kind,
                    each["resource"],
                    each["scope"] == "Namespaced",
                    frozenset(each["verbs"]),
                    each.get("singularResource") or kind.lower(),
                    tuple(each.get("shortNames", ())),
                )

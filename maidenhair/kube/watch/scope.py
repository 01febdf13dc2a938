"""The objects that a watch is about, and the client that lists and watches them."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from maidenhair.kube.objects import Objects
from maidenhair.kube.transport import EventStream


class Scope(NamedTuple):
    """The objects that an informer watches.

    Attributes:
        api_version: the group and version, for example "apps/v1".
        kind: the kind, for example "Deployment".
        namespace: the namespace; None for all namespaces.
        label_selector: a label selector, evaluated by the server.
        field_selector: a field selector, evaluated by the server.
    """

    api_version: str
    kind: str
    namespace: str | None = None
    label_selector: str | None = None
    field_selector: str | None = None

    def only(self, name: str) -> Scope:
        """Return the scope of the objects of one name."""
        return self._replace(field_selector=f"metadata.name={name}")


class ListerWatcher(Protocol):
    """The part of a client that an informer uses."""

    def list_with_version(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> tuple[Objects, str]:
        """Return objects, and the resource version from which a watch can continue."""

    def watch(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        resource_version: str | None = None,
    ) -> EventStream:
        """Stream the events after a resource version."""

    def check_kind_known(self, api_version: str, kind: str) -> None:
        """Check that a kind that is not served now was served before, or will be; otherwise raise ApiRefused."""

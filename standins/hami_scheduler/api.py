"""The requests of the scheduler to the API server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hami_scheduler.requests import Object

Annotations = Mapping[str, str | None]
"""The annotations to set. None removes an annotation."""


class ApiError(Exception):
    """The API server answered a request with an error, or did not answer (status 0)."""

    def __init__(self, attempted: str, status: int, message: str) -> None:
        super().__init__(f"{attempted}: {message}")
        self.status = status

    @property
    def is_conflict(self) -> bool:
        """Whether the object was changed after it was read."""
        return self.status == 409


class Api(Protocol):
    """The part of the API that scheduling uses. Every method may raise ApiError."""

    async def pod(self, namespace: str, name: str) -> Object | None:
        """Return a pod; None if there is none."""
        ...

    async def node(self, name: str) -> Object | None:
        """Return a node; None if there is none."""
        ...

    async def lease(self, namespace: str, name: str) -> Object | None:
        """Return a Lease; None if there is none."""
        ...

    async def annotate_pod(
        self, pod: Object, annotations: Annotations, labels: Mapping[str, str] | None = None
    ) -> Object:
        """Change annotations and labels of a pod, and return it. Fail if another pod now has its name."""
        ...

    async def annotate_node(self, name: str, annotations: Annotations, version: str) -> Object:
        """Change annotations of a node, and return the node. Fail if its resource version is another one."""
        ...

    async def bind(self, namespace: str, name: str, uid: str, node: str) -> None:
        """Bind a pod to a node."""
        ...

    async def create_event(self, event: Object) -> None:
        """Create an event in its namespace."""
        ...

    async def patch_event(self, event: Object) -> None:
        """Update count and time of an event."""
        ...

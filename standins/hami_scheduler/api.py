"""What the scheduler asks of the API server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hami_scheduler.requests import Object

Annotations = Mapping[str, str | None]
"""Annotations to set, and with None to remove."""


class ApiError(Exception):
    """The API server answered a request with an error, or could not be asked (status 0)."""

    def __init__(self, attempted: str, status: int, message: str) -> None:
        super().__init__(f"{attempted}: {message}")
        self.status = status

    @property
    def is_conflict(self) -> bool:
        """Whether the object has changed since it was read."""
        return self.status == 409


class Api(Protocol):
    """What scheduling needs of the API server. Every method may raise ApiError."""

    async def pod(self, namespace: str, name: str) -> Object | None:
        """Return a pod, None where there is none."""
        ...

    async def node(self, name: str) -> Object | None:
        """Return a node, None where there is none."""
        ...

    async def annotate_pod(self, pod: Object, annotations: Annotations) -> Object:
        """Change annotations of a pod, if it is still the same; return it as it is now."""
        ...

    async def annotate_node(self, name: str, annotations: Annotations, version: str) -> Object:
        """Change annotations of a node that still has that resource version; return it as it is now."""
        ...

    async def bind(self, namespace: str, name: str, uid: str, node: str) -> None:
        """Bind a pod to a node."""
        ...

    async def create_event(self, event: Object) -> None:
        """Create an event in its namespace."""
        ...

    async def patch_event(self, event: Object) -> None:
        """Change an event in its namespace to what is given."""
        ...

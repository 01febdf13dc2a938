"""The requests that the operator sends to the API server."""

from __future__ import annotations

from typing import Protocol

from skytorch_operator.objects import Kind, Object, Reference


class ApiError(Exception):
    """The API server answered a request with an error."""

    def __init__(self, attempted: str, status: int, message: str) -> None:
        super().__init__(f"{attempted}: {status}: {message}")
        self.status = status


class Api(Protocol):
    """The requests that a reconcile needs. Every method may raise ApiError."""

    async def get(self, kind: Kind, reference: Reference) -> Object | None:
        """Return an object, or None if it does not exist."""
        ...

    async def list(self, kind: Kind, limit: int | None = None) -> list[Object]:
        """Return the objects of all namespaces: all of them, or at most `limit`."""
        ...

    async def apply(self, kind: Kind, manifest: Object) -> Object:
        """Apply a manifest server-side, with force, and return the resulting object."""
        ...

    async def apply_status(self, kind: Kind, manifest: Object) -> Object:
        """Apply the status of an object server-side, with force, and return the resulting object."""
        ...

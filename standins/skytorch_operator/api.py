"""What the operator asks of the API server."""

from __future__ import annotations

from typing import Protocol

from skytorch_operator.objects import Kind, Object, Reference


class ApiError(Exception):
    """The API server answered a request with an error."""

    def __init__(self, attempted: str, status: int, message: str) -> None:
        super().__init__(f"{attempted}: {status}: {message}")
        self.status = status

    @property
    def refused(self) -> bool:
        """Whether it is the request that is wrong, rather than the moment it was made."""
        return 400 <= self.status < 500 and self.status not in (401, 409, 429)


class Api(Protocol):
    """What reconciling needs of the API server. Every method may raise ApiError."""

    async def get(self, kind: Kind, reference: Reference) -> Object | None:
        """Return an object, None where there is none."""
        ...

    async def list(self, kind: Kind, limit: int | None = None) -> list[Object]:
        """Return the objects of all namespaces, at most `limit`."""
        ...

    async def apply(self, kind: Kind, manifest: Object) -> Object:
        """Server-side apply a manifest by force; return the object as it is now."""
        ...

    async def apply_status(self, kind: Kind, manifest: Object) -> Object:
        """Server-side apply the status of an object; return the object as it is now."""
        ...

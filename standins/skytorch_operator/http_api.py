"""Reads and writes of the API server over HTTP. kopf does the watching.

aiohttp is a dependency of kopf and loads in a third of the time of the kubernetes client. Loading is most of the
operator's own start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import kopf

from skytorch_operator.api import ApiError
from skytorch_operator.objects import Kind, Object, Reference, reference_of

FIELD_MANAGER = "skytorch-operator"
REQUEST_TIMEOUT = 10.0
"""The time limit of a request, in seconds."""


class HttpApi:
    """The API server over HTTP. Call `connect` before the first request."""

    def __init__(self) -> None:
        self._connection: kopf.ConnectionInfo | None = None
        self._session: aiohttp.ClientSession | None = None

    def connect(self, connection: kopf.ConnectionInfo) -> None:
        """Set the server and the credentials, or replace the credentials. Call it inside the event loop."""
        self._connection = connection
        if self._session is None:
            connector = aiohttp.TCPConnector(ssl=connection.as_ssl_context())
            timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=timeout, trust_env=connection.trust_env
            )

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, kind: Kind, reference: Reference) -> Object | None:
        """Return an object, or None if it does not exist."""
        try:
            return await self._request("GET", kind.path(reference))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def list(self, kind: Kind, limit: int | None = None) -> list[Object]:
        """Return the objects of all namespaces: all of them, or at most `limit`."""
        parameters = {} if limit is None else {"limit": str(limit)}
        answer = await self._request("GET", kind.collection(), parameters)
        items: list[Object] = answer["items"]
        return items

    async def apply(self, kind: Kind, manifest: Object) -> Object:
        """Apply a manifest server-side, with force, and return the resulting object."""
        return await self._apply(kind.path(reference_of(manifest)), manifest)

    async def apply_status(self, kind: Kind, manifest: Object) -> Object:
        """Apply the status of an object server-side, with force, and return the resulting object."""
        return await self._apply(f"{kind.path(reference_of(manifest))}/status", manifest)

    async def _apply(self, path: str, manifest: Object) -> Object:
        parameters = {"fieldManager": FIELD_MANAGER, "force": "true"}
        return await self._request("PATCH", path, parameters, manifest)

    async def _request(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None = None,
        manifest: Object | None = None,
    ) -> Object:
        if self._session is None or self._connection is None:
            raise ApiError(f"{method} {path}", 401, "there are no credentials yet")
        headers = {"Accept": "application/json", **self._connection.as_http_headers()}
        if manifest is not None:
            headers["Content-Type"] = "application/apply-patch+yaml"
        async with self._session.request(
            method,
            self._connection.server + path,
            params=parameters,
            headers=headers,
            data=None if manifest is None else json.dumps(manifest),
        ) as response:
            text = await response.text()
            if not response.ok:
                raise ApiError(f"{method} {path}", response.status, _message(text))
            answer: Object = json.loads(text)
            return answer


def _message(text: str) -> str:
    try:
        answer: Any = json.loads(text)
    except json.JSONDecodeError:
        return text
    return str(answer.get("message", text)) if isinstance(answer, dict) else text

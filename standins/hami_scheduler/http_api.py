"""A client of the API server over HTTP, with the service account of the pod."""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from hami_scheduler.api import Annotations, ApiError
from hami_scheduler.requests import Object

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
MERGE_PATCH = "application/merge-patch+json"
REQUEST_TIMEOUT = 10.0
"""The time limit of a request, in seconds."""
WATCH_SECONDS = 300
"""Seconds after which the API server ends a watch. The follower then starts the next one."""
TOKEN_SECONDS = 60.0
"""Seconds after which the token is read again. Kubelet renews it every hour."""
CONNECTIONS = 32


class HttpApi:
    """A client of the API server over HTTP. Create it inside the event loop. It implements `Api`."""

    def __init__(self, server: str, account: Path = ACCOUNT) -> None:
        """Create a client. It sends no request yet.

        Args:
            server: the API server's URL.
            account: the folder of the service account's token and certificate authority.
        """
        self._server = server
        self._account = account
        self._token = ""
        self._token_read = 0.0
        context = ssl.create_default_context(cafile=str(account / "ca.crt"))
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, limit=CONNECTIONS)
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def pod(self, namespace: str, name: str) -> Object | None:
        """Return a pod; None if there is none."""
        return await self._get(f"/api/v1/namespaces/{namespace}/pods/{name}")

    async def node(self, name: str) -> Object | None:
        """Return a node; None if there is none."""
        return await self._get(f"/api/v1/nodes/{name}")

    async def lease(self, namespace: str, name: str) -> Object | None:
        """Return a Lease; None if there is none."""
        return await self._get(f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}")

    async def annotate_pod(
        self, pod: Object, annotations: Annotations, labels: Mapping[str, str] | None = None
    ) -> Object:
        """Change annotations and labels of a pod, and return it. Fail if another pod now has its name."""
        metadata = pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        changed = {"annotations": dict(annotations), "labels": dict(labels or {})}
        patch = {"metadata": {"uid": metadata["uid"], **changed}}
        return await self._request("PATCH", path, patch, MERGE_PATCH)

    async def annotate_node(self, name: str, annotations: Annotations, version: str) -> Object:
        """Change annotations of a node, and return the node. Fail if its resource version is another one."""
        patch = {"metadata": {"resourceVersion": version, "annotations": dict(annotations)}}
        return await self._request("PATCH", f"/api/v1/nodes/{name}", patch, MERGE_PATCH)

    async def bind(self, namespace: str, name: str, uid: str, node: str) -> None:
        """Bind a pod to a node."""
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"namespace": namespace, "name": name, "uid": uid},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        }
        await self._request("POST", f"/api/v1/namespaces/{namespace}/pods/{name}/binding", binding)

    async def create_event(self, event: Object) -> None:
        """Create an event in its namespace."""
        namespace = event["metadata"]["namespace"]
        await self._request("POST", f"/api/v1/namespaces/{namespace}/events", event)

    async def patch_event(self, event: Object) -> None:
        """Update count and time of an event."""
        metadata = event["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/events/{metadata['name']}"
        patch = {key: event[key] for key in ("count", "lastTimestamp")}
        await self._request("PATCH", path, patch, MERGE_PATCH)

    async def list(self, path: str) -> tuple[list[Object], str]:
        """Return the objects of a collection, and the resource version of the list.

        Args:
            path: the path of the collection.
        """
        answer = await self._request("GET", path)
        return answer.get("items") or [], answer["metadata"]["resourceVersion"]

    async def watch(self, path: str, version: str) -> AsyncIterator[tuple[str, Object]]:
        """Yield the changes of a collection, as type and object, until the API server ends the watch.

        Args:
            path: the path of the collection.
            version: the resource version after which the watch starts.

        Raises:
            ApiError: the watch failed. With status 410 the version is too old.
        """
        parameters = {
            "watch": "true",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        timeout = aiohttp.ClientTimeout(total=None, sock_read=WATCH_SECONDS + REQUEST_TIMEOUT)
        try:
            async with self._session.get(
                self._server + path, params=parameters, headers=self._headers(), timeout=timeout
            ) as response:
                if not response.ok:
                    raise _refusal(f"watch {path}", response.status, await response.text())
                rest = b""
                async for chunk in response.content.iter_any():
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        if line.strip():
                            yield _change(path, json.loads(line))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ApiError(f"watch {path}", 0, str(error) or type(error).__name__) from error

    async def _get(self, path: str) -> Object | None:
        try:
            return await self._request("GET", path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def _request(
        self, method: str, path: str, body: Object | None = None, type: str = "application/json"
    ) -> Object:
        headers = self._headers()
        if body is not None:
            headers["Content-Type"] = type
        try:
            async with self._session.request(
                method,
                self._server + path,
                headers=headers,
                data=None if body is None else json.dumps(body),
                timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT),
            ) as response:
                text = await response.text()
                if not response.ok:
                    raise _refusal(f"{method} {path}", response.status, text)
                answer: Object = json.loads(text)
                return answer
        except (TimeoutError, aiohttp.ClientError) as error:
            message = str(error) or "no answer in time"
            raise ApiError(f"{method} {path}", 0, message) from error

    def _headers(self) -> dict[str, str]:
        if time.monotonic() - self._token_read > TOKEN_SECONDS or not self._token:
            self._token = (self._account / "token").read_text().strip()
            self._token_read = time.monotonic()
        return {"Accept": "application/json", "Authorization": f"Bearer {self._token}"}


def server_of_the_cluster(environment: Mapping[str, str] = os.environ) -> str:
    """Return the URL of the API server from a pod's environment variables.

    It contains an address, so the scheduler can start before the cluster's DNS.
    """
    host = environment.get("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc")
    port = environment.get("KUBERNETES_SERVICE_PORT", "443")
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def _change(path: str, event: dict[str, Any]) -> tuple[str, Object]:
    if event["type"] == "ERROR":
        status = event.get("object") or {}
        raise ApiError(f"watch {path}", int(status.get("code", 0)), str(status.get("message", "")))
    return event["type"], event["object"]


def _refusal(attempted: str, status: int, text: str) -> ApiError:
    try:
        message = str(json.loads(text).get("message", text))
    except (json.JSONDecodeError, AttributeError):
        message = text
    return ApiError(attempted, status, message)

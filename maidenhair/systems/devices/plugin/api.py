"""A client of the Kubernetes API for pods. It uses only the standard library, so that the plugin starts quickly."""

from __future__ import annotations

import http.client
import json
import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from maidenhair.errors import ApiRefused, ApiUnreachable

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
REQUEST_SECONDS = 10.0
WATCH_SECONDS = 240
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True)
class PodApi:
    """The API with the service account of this pod.

    Attributes:
        host: the API server's host.
        port: the API server's port.
        account: the folder with the account's token, namespace and certificate authority.
    """

    host: str
    port: int
    account: Path = ACCOUNT

    @classmethod
    def in_cluster(cls) -> PodApi:
        """Return the API of the cluster that this process runs in."""
        return cls(
            os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])
        )

    @property
    def namespace(self) -> str:
        """The pod's namespace."""
        return (self.account / "namespace").read_text()

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> dict[str, Any] | None:
        """Return an object of the core group, or None if there is none of that name. Raises like `read`."""
        try:
            return self.read(_path(api_version, kind, name, namespace))
        except ApiRefused as refused:
            if refused.status == 404:
                return None
            raise

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        body: Mapping[str, Any],
        namespace: str | None = None,
    ) -> dict[str, Any]:
        """Merge `body` into an object of the core group, and return the object. Raises like `read`."""
        return self._send("PATCH", _path(api_version, kind, name, namespace), {}, body)

    def read(self, path: str, **query: str) -> dict[str, Any]:
        """Send a GET request, and return the object or list.

        Args:
            path: the path of the object or list.
            query: the parameters of the request.

        Raises:
            ApiRefused: the API answered with an error.
            ApiUnreachable: the API did not answer.
        """
        return self._send("GET", path, query)

    def watch(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Watch a list, and yield its events until the server ends the request. Raises like `read`.

        Args:
            path: the path of the list.
            query: the parameters of the request, for example `resourceVersion`.
        """
        parameters = {**query, "watch": "true", "timeoutSeconds": str(WATCH_SECONDS)}
        connection = self._connection(WATCH_SECONDS + REQUEST_SECONDS)
        try:
            response = self._answer(connection, "GET", path, parameters, None)
            while line := response.readline():
                yield json.loads(line)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ApiUnreachable(f"watch {path}: {error}") from error
        finally:
            connection.close()

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        connection = self._connection(REQUEST_SECONDS)
        try:
            answer: dict[str, Any] = json.load(self._answer(connection, method, path, query, body))
            return answer
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ApiUnreachable(f"{method} {path}: {error}") from error
        finally:
            connection.close()

    def _connection(self, seconds: float) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=str(self.account / "ca.crt"))
        return http.client.HTTPSConnection(self.host, self.port, timeout=seconds, context=context)

    def _answer(
        self,
        connection: http.client.HTTPSConnection,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
    ) -> http.client.HTTPResponse:
        # Kubelet renews the token, so it is read for each request.
        headers = {
            "Authorization": f"Bearer {(self.account / 'token').read_text()}",
            "Content-Type": MERGE_PATCH,
        }
        text = None if body is None else json.dumps(body)
        connection.request(method, f"{path}?{urlencode(query)}", text, headers)
        response = connection.getresponse()
        if response.status >= 400:
            message = response.read().decode(errors="replace")
            raise _refused(f"{method} {path}", response.status, message)
        return response


def _path(api_version: str, kind: str, name: str, namespace: str | None) -> str:
    within = f"/namespaces/{namespace}" if namespace else ""
    return f"/api/{api_version}{within}/{kind.lower()}s/{name}"


def _refused(attempted: str, status: int, text: str) -> ApiRefused:
    try:
        status_object = json.loads(text)
        message = str(status_object.get("message", text))
        reason = str(status_object.get("reason", ""))
    except ValueError:
        message, reason = text, ""
    return ApiRefused(attempted, status, reason, message)

"""HTTP requests to an API server, through the connection pool of the kubernetes package."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3

from maidenhair.errors import ApiRefused, ApiUnreachable
from maidenhair.kube.objects import Object

if TYPE_CHECKING:
    from maidenhair.kube.kubeconfig.connection import Connection

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
JSON = "application/json"
UNAUTHORIZED = 401


@dataclass(frozen=True)
class Request:
    """A request to the API server.

    Attributes:
        attempted: the action, for error messages, for example "get Pod default/web".
        method: the HTTP method.
        path: the path below the server's address.
        query: query parameters; parameters with the value None are omitted.
        body: the object to send as JSON.
        content_type: the media type of the body.
        accept: the media type of the response.
        read_seconds: seconds to wait for data from the server.
        on_warning: called with each `Warning` header of the response.
    """

    attempted: str
    method: str
    path: str
    query: Mapping[str, Any] | None = None
    body: Any = None
    content_type: str = JSON
    accept: str = JSON
    read_seconds: float = READ_SECONDS
    on_warning: Callable[[str], None] | None = None


class Lines:
    """The lines of a streamed response. `close` ends the iteration, from any thread."""

    def __init__(self, attempted: str, response: urllib3.BaseHTTPResponse) -> None:
        self._attempted = attempted
        self._response = response
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        try:
            for chunk in self._response.stream(amt=None):
                if self._closed:
                    # After a TLS connection is shut down, a reader gets data that is still encrypted.
                    return
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line for line in lines if line)
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
            # Closing a response from another thread makes the reader fail in several ways.
            if not self._closed:
                message = f"{self._attempted}: connection lost while streaming: {error}"
                raise ApiUnreachable(message) from error
        finally:
            self._response.close()

    def close(self) -> None:
        """End the stream and unblock a thread that reads it."""
        self._closed = True
        try:
            self._response.shutdown()
        except (ValueError, OSError):
            # The stream has already ended.
            self._response.close()


class EventStream:
    """The events of one watch request: pairs of a type ("ADDED", "MODIFIED", …) and an object.

    The object of a "BOOKMARK" event has only a resource version. The object of an "ERROR" event is a Status.

    Args:
        lines: the lines of the response.
        observe: called with each object.
    """

    def __init__(self, lines: Lines, observe: Callable[[Object], object] | None = None) -> None:
        self._lines = lines
        self._observe = observe

    def __iter__(self) -> Iterator[tuple[str, Object]]:
        for line in self._lines:
            event = json.loads(line)
            if self._observe is not None:
                self._observe(event["object"])
            yield event["type"], event["object"]

    def close(self) -> None:
        """End the stream. Any thread may call this."""
        self._lines.close()


class Transport:
    """A connection pool to one API server, with credentials.

    Safe to share between threads.

    Args:
        connection: the connections; the transport owns and closes them.

    Attributes:
        server: the API server's address.
    """

    def __init__(self, connection: Connection) -> None:
        self.server = connection.server
        self._connection = connection

    @classmethod
    def from_kubeconfig(cls, path: Path, context: str | None) -> tuple[Transport, str]:
        """Return a transport, and the namespace of its context ("default" if the context has none).

        Raises:
            ConfigurationError: the file or the context is missing or malformed, or a field is not supported.
        """
        # The kubernetes package takes a third of a second to import, and most commands need no API.
        from maidenhair.kube.kubeconfig.access import read_access
        from maidenhair.kube.kubeconfig.connection import Connection

        access = read_access(path, context)
        return cls(Connection(access)), access.namespace

    def send(self, request: Request) -> Any:
        """Send a request and return the decoded JSON response.

        Raises:
            ApiRefused: the server answered with an error status.
            ApiUnreachable: the server did not answer.
        """
        return json.loads(self.send_for_bytes(request))

    def send_for_bytes(self, request: Request) -> bytes:
        """Send a request and return the bytes of the response. Raises the same errors as `send`."""
        response = self._open(request, preload_content=True)
        return bytes(response.data)

    def stream(self, request: Request) -> Lines:
        """Send a request and stream the lines of the response. Raises the same errors as `send`."""
        return Lines(request.attempted, self._open(request, preload_content=False))

    def credentials(self) -> list[str]:
        """Return the passwords, tokens and keys that requests use, to redact them."""
        return self._connection.credentials.secrets()

    def close(self) -> None:
        """Close the pooled connections."""
        self._connection.close()

    def _open(self, request: Request, preload_content: bool) -> urllib3.BaseHTTPResponse:
        response = self._request(request, preload_content)
        if response.status == UNAUTHORIZED and self._connection.credentials.renew():
            response.close()
            response = self._request(request, preload_content)
        if response.status >= 400:
            raise _refusal(request.attempted, response)
        if request.on_warning is not None:
            for header in response.headers.getlist("Warning"):
                request.on_warning(_warning(header))
        return response

    def _request(self, request: Request, preload_content: bool) -> urllib3.BaseHTTPResponse:
        headers = urllib3.HTTPHeaderDict({"Accept": request.accept, "User-Agent": "maidenhair"})
        for name, value in self._connection.credentials.headers():
            headers.add(name, value)
        parameters = (request.query or {}).items()
        query = [(key, _text(value)) for key, value in parameters if value is not None]
        body = None
        if request.body is not None:
            headers["Content-Type"] = request.content_type
            body = json.dumps(request.body)
        url = self.server + request.path + (f"?{urlencode(query)}" if query else "")
        try:
            return self._connection.pool().request(
                request.method,
                url,
                body=body,
                headers=headers,
                preload_content=preload_content,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=request.read_seconds),
            )
        except urllib3.exceptions.HTTPError as error:
            raise ApiUnreachable(
                f"{request.attempted}: no answer from the API server at {self.server}: {_reason(error)}; "
                "check that the cluster is running"
            ) from error


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """Return the reason of an error, without the request and the object addresses in urllib3's text."""
    return re.sub(r"<[^>]* object at [^>]*>: ", "", str(getattr(error, "reason", None) or error))


def _warning(header: str) -> str:
    """Return the text of a `Warning` header, for example `299 - "unknown field \\"spec.colour\\""`."""
    quoted = re.fullmatch(r'\d{3} \S+ "(.*)"', header)
    return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else header


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refusal(attempted: str, response: urllib3.BaseHTTPResponse) -> ApiRefused:
    text = response.data.decode("utf-8", errors="replace")
    try:
        status = json.loads(text)
        reason, message = status.get("reason"), status.get("message")
    except (ValueError, AttributeError):
        reason, message = None, None
    return ApiRefused(
        attempted,
        response.status,
        reason or response.reason or "Unknown",
        message or text.strip() or "no message",
    )

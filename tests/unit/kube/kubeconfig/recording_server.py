"""An API server with TLS and a proxy that record the requests that they get."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.4"}
RECORDED = ("authorization", "impersonate-")


@dataclass(frozen=True)
class Seen:
    """One request.

    Attributes:
        path: its path.
        headers: the headers about its user by name in lower case, each with all its values.
        server_name: the name that the client sent in its TLS handshake.
        client: the name in the client's certificate.
    """

    path: str
    headers: dict[str, list[str]]
    server_name: str | None
    client: str | None


@dataclass
class RecordingServer:
    """A server with TLS.

    Attributes:
        url: its address.
        requests: what it was sent.
        accepted: the authorization that it accepts; None accepts everything.
    """

    url: str = ""
    requests: list[Seen] = field(default_factory=list)
    accepted: str | None = None


@contextmanager
def recording_server(authority: Authority, *names: str) -> Iterator[RecordingServer]:
    """Serve on 127.0.0.1 with a certificate for these names; the certificate of a client is requested."""
    state = RecordingServer()
    server_names = threading.local()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            connection: Any = self.connection
            certificate = connection.getpeercert() or {}
            subject = dict(pair for part in certificate.get("subject", ()) for pair in part)
            headers = {
                name.lower(): self.headers.get_all(name, [])
                for name in self.headers
                if name.lower().startswith(RECORDED)
            }
            name = getattr(server_names, "name", None)
            state.requests.append(Seen(self.path, headers, name, subject.get("commonName")))
            allowed = state.accepted in (None, self.headers.get("Authorization"))
            body = json.dumps(VERSION if allowed else {"kind": "Status", "reason": "Unauthorized"})
            self.send_response(200 if allowed else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def setup(self) -> None:
            connection: Any = self.request
            connection.do_handshake()
            super().setup()

        def log_message(self, *_: Any) -> None:
            pass

    certificate, key = authority.issue("server", *names)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    tls.load_verify_locations(authority.certificate)
    tls.verify_mode = ssl.CERT_OPTIONAL

    def remember(_: object, name: str | None, __: object) -> None:
        server_names.name = name

    tls.sni_callback = remember
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    state.url = f"https://127.0.0.1:{server.server_port}"
    with _serving(server):
        yield state


@contextmanager
def recording_proxy() -> Iterator[tuple[str, list[str]]]:
    """Serve as an HTTP proxy on 127.0.0.1; yield its address, and the addresses of the requests to connect."""
    connected: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            connected.append(self.path)
            host, _, port = self.path.rpartition(":")
            with socket.create_connection((host, int(port))) as upstream:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=_copy, args=(upstream, self.connection), daemon=True)
                back.start()
                _copy(self.connection, upstream)
                back.join()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with _serving(server):
        yield f"http://127.0.0.1:{server.server_port}", connected


@contextmanager
def _serving(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.socket.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        # The other side has closed the connection.
        return


class Authority:
    """A certificate authority.

    Args:
        folder: the folder for its files.

    Attributes:
        certificate: the file with its certificate.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("authority")
        self.certificate = folder / "ca.crt"
        own = self._certificate(self._name, self._key, x509.BasicConstraints(True, None))
        self.certificate.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *names: str) -> tuple[Path, Path]:
        """Return the files of a certificate and its key. `names` are those of a server; a client has none."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = x509.SubjectAlternativeName([_alternative(each) for each in names])
        certificate = self._certificate(_name(name), key, alternatives)
        files = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return files

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - timedelta(days=1),
            not_valid_after=now + timedelta(days=1),
        )
        return builder.add_extension(extension, critical=False).sign(self._key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)

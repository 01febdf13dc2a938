"""A release server on this machine, with faults that a test chooses."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import urlsplit

DROP = 1 << 16


@dataclass
class Releases:
    """The files and faults of a server. A test may change them while the server runs.

    Attributes:
        files: the content of each path; its SHA-256 is at the path with ".sha256".
        checksums: a text in place of a true checksum, by path.
        tag: the ETag of every file; a date is its Last-Modified.
        cuts: the number of bytes after which each of the next transfers fails.
        stalls: whether a cut transfer is left open rather than closed.
        drips: whether transfers are slow, so that they take much longer than a test.
        ranges: whether it can send a part of a file.
        requests: the path and headers of each request.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    tag: str = '"first"'
    cuts: list[int] = field(default_factory=list)
    stalls: bool = False
    drips: bool = False
    ranges: bool = True
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def requests_of(self, path: str) -> list[dict[str, str]]:
        """Return the headers of each request for a path."""
        return [headers for requested, headers in self.requests if requested == path]


@contextmanager
def serving(releases: Releases, port: int = 0) -> Iterator[Releases]:
    """Serve releases at `releases.url`, on 127.0.0.1, during the `with` block."""
    server = _Server(("127.0.0.1", port), _Handler)
    server.releases = releases
    releases.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield releases
    finally:
        releases.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    releases: Releases


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        releases = cast(_Server, self.server).releases
        # A proxy gets a whole URL instead of a path.
        path = urlsplit(self.path).path
        releases.requests.append((self.path, dict(self.headers)))
        named = path.removesuffix(".sha256")
        if path in releases.files:
            self._send_file(releases, releases.files[path])
        elif path in releases.checksums:
            self._send(releases.checksums[path].encode())
        elif path != named and named in releases.files:
            digest = hashlib.sha256(releases.files[named]).hexdigest()
            self._send(f"{digest}\n".encode())
        else:
            self.send_error(404)

    def _send_file(self, releases: Releases, content: bytes) -> None:
        requested = self.headers.get("Range", "")
        same = self.headers.get("If-Range") == releases.tag
        begin = int(requested.removeprefix("bytes=").rstrip("-")) if requested and same else 0
        if begin >= len(content) and begin:
            self.send_error(416)
            return
        part = begin > 0 and releases.ranges
        self.send_response(206 if part else 200)
        rest = content[begin:] if part else content
        kind = "ETag" if releases.tag.endswith('"') else "Last-Modified"
        self.send_header(kind, releases.tag)
        self.send_header("Content-Length", str(len(rest)))
        if part:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        cut = releases.cuts.pop(0) if releases.cuts else len(rest)
        if releases.drips:
            self._drip(releases, rest)
            return
        self.wfile.write(rest[:cut])
        if cut < len(rest) and releases.stalls:
            self.wfile.flush()
            releases.ended.wait()

    def _drip(self, releases: Releases, content: bytes) -> None:
        for begin in range(0, len(content), DROP):
            try:
                self.wfile.write(content[begin : begin + DROP])
            except OSError:
                return
            if releases.ended.wait(0.1):
                return

    def _send(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing."""

"""The hosts that files are downloaded from: whether they can be reached, and their mirrors."""

from __future__ import annotations

import queue
import socket
import threading
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy

from maidenhair.errors import ConfigurationError

CONNECT_SECONDS = 5.0
PORTS = {"http": 80, "https": 443}


class Hosts:
    """The hosts that a run has contacted, and the problems of those that it no longer uses. Thread-safe."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}
        self._problems: dict[str, str] = {}

    def problem(self, url: str) -> str:
        """Return why the host of a URL cannot be reached; an empty text if it can.

        The first call for a host connects to it, or to the proxy that the environment names, within
        `CONNECT_SECONDS`.
        """
        host = host_of(url)
        with self._locks.setdefault(host, threading.Lock()):
            if host not in self._problems:
                self._problems[host] = _connect(url)
            return self._problems[host]

    def give_up(self, url: str, problem: str) -> None:
        """Do not use the host of a URL again, because of a problem that occurred after the connection."""
        self._problems[host_of(url)] = problem


def host_of(url: str) -> str:
    """Return the host and port of a URL, without a user and password."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _connect(url: str) -> str:
    proxy = select_proxy(url, get_environ_proxies(url))
    target = urlsplit(prepend_scheme_if_needed(proxy, "http") if proxy else url)
    address = (target.hostname or "", target.port or PORTS.get(target.scheme, 80))
    outcome: queue.SimpleQueue[str] = queue.SimpleQueue()
    # In a daemon thread, because name resolution has no time limit and must not delay the process's exit.
    threading.Thread(target=lambda: outcome.put(_try(address)), daemon=True).start()
    try:
        problem = outcome.get(timeout=CONNECT_SECONDS)
    except queue.Empty:
        problem = f"no answer within {CONNECT_SECONDS:g} s"
    if not problem:
        return ""
    through = f" through the proxy {address[0]}:{address[1]}" if proxy else ""
    return f"{host_of(url)} cannot be reached{through}: {problem}"


def _try(address: tuple[str, int]) -> str:
    try:
        socket.create_connection(address, timeout=CONNECT_SECONDS).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def parse_mirrors(text: str) -> dict[str, str]:
    """Parse the setting of mirrors.

    Args:
        text: pairs such as "https://dl.k8s.io=https://mirror.example/k8s", separated by spaces.

    Returns:
        The URL prefix of each mirror, by the official URL prefix that it replaces.

    Raises:
        ConfigurationError: a part is not a pair of URLs.
    """
    mirrors = {}
    for pair in text.split():
        official, _, mirror = pair.partition("=")
        if not all(urlsplit(url).scheme in ("http", "https") for url in (official, mirror)):
            raise ConfigurationError(
                f"MAIDENHAIR_MIRRORS: {pair!r} is not a pair of URLs; "
                "use pairs such as https://dl.k8s.io=https://mirror.example/k8s"
            )
        mirrors[official.rstrip("/")] = mirror.rstrip("/")
    return mirrors

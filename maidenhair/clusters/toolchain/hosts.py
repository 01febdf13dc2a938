"""The hosts that downloads come from: whether they answer, and which mirrors stand in for them."""

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
    """The hosts that one run asked for, and why it gave some of them up; used by many threads."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}
        self._problems: dict[str, str] = {}

    def problem(self, url: str) -> str:
        """Return why the host of a URL cannot be reached; an empty text if it can.

        The first call connects, to the proxy where the environment names one; it takes 5 s at most.
        """
        host = host_of(url)
        with self._locks.setdefault(host, threading.Lock()):
            if host not in self._problems:
                self._problems[host] = _connect(url)
            return self._problems[host]

    def give_up(self, url: str, problem: str) -> None:
        """Ask the host of a URL for nothing more, because of a problem that was seen later."""
        self._problems[host_of(url)] = problem


def host_of(url: str) -> str:
    """Return the host and port of a URL, without the user and password that a mirror's may have."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _connect(url: str) -> str:
    proxy = select_proxy(url, get_environ_proxies(url))
    target = urlsplit(prepend_scheme_if_needed(proxy, "http") if proxy else url)
    address = (target.hostname or "", target.port or PORTS.get(target.scheme, 80))
    outcome: queue.SimpleQueue[str] = queue.SimpleQueue()
    # Looking a name up has no time limit of its own; a daemon does not hold up the process's end.
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
    """Return what to ask instead: the beginning of an official URL, and what stands in its place.

    Args:
        text: pairs such as "https://dl.k8s.io=https://mirror.example/k8s", separated by spaces.

    Raises:
        ConfigurationError: a part is no such pair.
    """
    mirrors = {}
    for pair in text.split():
        official, _, mirror = pair.partition("=")
        if not all(urlsplit(url).scheme in ("http", "https") for url in (official, mirror)):
            raise ConfigurationError(
                f"MAIDENHAIR_MIRRORS: {pair!r} is no pair of URLs; "
                "wanted are pairs such as https://dl.k8s.io=https://mirror.example/k8s"
            )
        mirrors[official.rstrip("/")] = mirror.rstrip("/")
    return mirrors

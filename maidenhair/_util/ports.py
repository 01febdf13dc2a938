"""Ports of this machine for servers that are started and told which one is theirs."""

from __future__ import annotations

import socket
from contextlib import ExitStack

HOST = "127.0.0.1"


def free_ports(count: int, host: str = HOST) -> list[int]:
    """Return so many different ports of an address of this machine that nobody listens on."""
    with ExitStack() as held:
        # Held open together, so that no two are the same.
        listeners = [held.enter_context(socket.create_server((host, 0))) for _ in range(count)]
        return [int(listener.getsockname()[1]) for listener in listeners]


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    return free_ports(1)[0]

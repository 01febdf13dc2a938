"""Free TCP ports of this machine."""

from __future__ import annotations

import socket
from contextlib import ExitStack

HOST = "127.0.0.1"


def free_ports(count: int, host: str = HOST) -> list[int]:
    """Return `count` different TCP ports that are free on `host`, an address of this machine."""
    with ExitStack() as stack:
        # All listeners stay open until the last one has its port, so that no two ports are the same.
        listeners = [stack.enter_context(socket.create_server((host, 0))) for _ in range(count)]
        return [int(listener.getsockname()[1]) for listener in listeners]


def free_port() -> int:
    """Return a TCP port that is free on 127.0.0.1."""
    return free_ports(1)[0]

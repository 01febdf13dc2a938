"""Functions that servers run. The SDK sends only their source, so each function has its own imports.

Annotations with names that a server does not know are quoted, because the server evaluates the others.
"""

from typing import Any


def end_process() -> None:
    """End the server's process at once, as a crash does."""
    import os

    os._exit(70)


def meet(name: str, port: int, peer: str, peer_port: int, seconds: float) -> None:
    """Listen at a port, call the peer and print its name, and return after the peer has called, too.

    Args:
        name: the name to send to the peer.
        port: the port to listen at.
        peer: the peer's address.
        peer_port: the peer's port.
        seconds: the time limit in seconds.

    Raises:
        OSError: the peer did not answer in time.
        TimeoutError: the peer did not call in time.
    """
    import socket
    import threading
    import time

    deadline = time.monotonic() + seconds
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    with socket.create_server(("", port), family=family) as listener:
        listener.settimeout(seconds)

        called = threading.Event()

        def answer() -> None:
            try:
                caller, _ = listener.accept()
                with caller:
                    caller.sendall(name.encode())
            except OSError:
                return
            called.set()

        threading.Thread(target=answer, daemon=True).start()
        while True:
            try:
                with socket.create_connection((peer, peer_port), timeout=1) as connection:
                    print("met", connection.makefile().read())
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        if not called.wait(deadline - time.monotonic()):
            raise TimeoutError(f"{peer} did not call")


def multiply(left: "Any", right: "Any") -> "Any":
    """Multiply two matrices."""
    return left @ right


def fail(text: str) -> None:
    """Raise a RuntimeError with this text."""
    raise RuntimeError(text)

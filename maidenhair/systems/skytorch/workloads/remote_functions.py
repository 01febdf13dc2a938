"""Functions for servers to run, whose source the SDK sends: each stands by itself, imports included.

Types that a server does not know stand in quotes, because it evaluates the others.
"""

from typing import Any


def end_process() -> None:
    """End the process that runs this at once, as a crash would."""
    import os

    os._exit(70)


def meet(name: str, port: int, peer: str, peer_port: int, seconds: float) -> None:
    """Listen at a port and call the peer; print the peer's name, and end when the peer has called, too."""
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
    """Fail."""
    raise RuntimeError(text)

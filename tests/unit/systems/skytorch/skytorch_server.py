"""SkyTorch's own server, run here as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maidenhair._util.ports import free_port
from maidenhair.systems.skytorch.tensors import TensorClient
from maidenhair.waiting import eventually

CHUNK = 4096
"""The most bytes in a chunk that it sends."""

START_SECONDS = 110.0


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """Yield the address of a server. Its log goes into `folder`, and into the error if it does not start."""
    port, log = free_port(), folder / "log"
    address = ["--host", "127.0.0.1", "--port", str(port), "--chunk-size", str(CHUNK)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with (
        log.open("w") as output,
        subprocess.Popen(
            [sys.executable, "-m", "skytorch.torch.server", *address],
            stdout=output,
            stderr=output,
            env=environment,
        ) as server,
    ):
        try:
            with TensorClient(f"127.0.0.1:{port}") as client:

                def health() -> str:
                    if server.poll() is not None:
                        raise RuntimeError(f"it ended with {server.returncode}: {log.read_text()}")
                    return client.health()

                eventually(health, "SERVING", within=START_SECONDS, explain=log.read_text)
            yield f"127.0.0.1:{port}"
        finally:
            server.kill()

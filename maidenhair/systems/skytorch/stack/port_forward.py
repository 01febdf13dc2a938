"""Ports of this machine that kubectl forwards to a Compute, for programs that cannot reach the Gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maidenhair._util.ports import HOST, free_port
from maidenhair._util.process import Background
from maidenhair.clusters.provider import Cluster
from maidenhair.systems.skytorch.api.compute import ComputeView
from maidenhair.systems.skytorch.stack.endpoint import GATEWAY_PORT
from maidenhair.systems.skytorch.stack.readiness import ROUTE_SECONDS
from maidenhair.systems.skytorch.tensors import TensorClient
from maidenhair.waiting import eventually


@contextmanager
def forwarded(cluster: Cluster, view: ComputeView, folder: Path) -> Iterator[TensorClient]:
    """Forward a port to the Service of a Compute, and yield a tensor client of that port.

    Args:
        cluster: the cluster.
        view: the Compute. Its server must be ready.
        folder: the folder for kubectl's log.

    Raises:
        ProgramFailed: kubectl could not be started.
        WaitTimedOut: the server did not answer through the port in time.
        WaitStopped: kubectl ended. The text contains its log.
    """
    port = free_port()
    log = folder / f"port-forward-{view.name}.log"
    access = ["--kubeconfig", str(cluster.kubeconfig), "--context", cluster.context]
    what = ["port-forward", f"service/{view.name}", f"{port}:{GATEWAY_PORT}"]
    forwarding = Background(
        [str(cluster.kubectl), *access, "--namespace", view.namespace, *what], log
    )

    def death() -> str | None:
        ended = forwarding.exit_description()
        return ended and f"kubectl port-forward {ended}: {log.read_text(encoding='utf-8')}"

    with forwarding, TensorClient(f"{HOST}:{port}", ()) as client:
        eventually(
            client.health,
            "SERVING",
            within=ROUTE_SECONDS,
            stop_when=[death],
            described_as=f"{view} to serve through port {port} of this machine",
        )
        yield client

"""Waits for calls through the Gateway. A Compute becomes Ready a moment before the Gateway's proxies know its pod."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from maidenhair.errors import TransferError
from maidenhair.systems.skytorch.api.compute import ComputeView
from maidenhair.systems.skytorch.stack.endpoint import Endpoint, endpoint_of
from maidenhair.systems.skytorch.tensors import TensorClient
from maidenhair.systems.skytorch.tensors.matchers import has_grpc_status
from maidenhair.waiting import eventually

ROUTE_SECONDS = 30.0


@contextmanager
def serving(view: ComputeView) -> Iterator[TensorClient]:
    """Wait until a Compute is ready and answers through the Gateway, and yield a tensor client of it.

    Raises:
        WaitTimedOut: it did not become ready, or did not answer, in time.
        WaitStopped: it cannot become ready. The text contains the likely cause.
    """
    endpoint = endpoint_of(view.wait_until_ready())
    with TensorClient(endpoint.target, endpoint.metadata) as client:
        eventually(
            client.health,
            "SERVING",
            within=ROUTE_SECONDS,
            described_as=f"{view.name} to serve through the Gateway at {endpoint.target}",
        )
        yield client


def wait_until_refused(endpoint: Endpoint, status: str, details: str = "") -> None:
    """Wait until calls to an endpoint fail with a gRPC status.

    Args:
        endpoint: the endpoint to call.
        status: the name of the gRPC status, for example "UNAVAILABLE".
        details: a text that the details of the status must contain.

    Raises:
        WaitTimedOut: the last call at the time limit had another result.
    """
    with TensorClient(endpoint.target, endpoint.metadata) as client:
        eventually(
            lambda: _refusal(client),
            has_grpc_status(status, details),
            within=ROUTE_SECONDS,
            described_as=f"calls to {endpoint.compute_id} at {endpoint.target} to fail with {status}",
        )


def _refusal(client: TensorClient) -> TransferError | None:
    try:
        client.health()
    except TransferError as error:
        return error
    return None

"""Waiting until a Compute answers through the Gateway: it is Ready a moment before the proxies know of its pod."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from maidenhair.skytorch.compute import ComputeView
from maidenhair.skytorch.endpoint import endpoint_of
from maidenhair.tensors import TensorClient
from maidenhair.waiting import eventually

ROUTE_SECONDS = 30.0


@contextmanager
def serving(view: ComputeView) -> Iterator[TensorClient]:
    """Give a tensor client of a Compute once it is ready and answers.

    Raises:
        WaitTimedOut: it did not become ready, or did not answer.
        WaitStopped: it cannot become ready; the text tells the likely cause.
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

"""The SDK's stream to a Compute whose pod the proxies do not know yet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from maidenhair.systems.skytorch.sdk.session import reopen_broken_stream
from maidenhair.waiting.aio import eventually
from tests.conftest import imported

imported("skytorch.client")
WITHIN = 60.0


class Gateway(grpc.GenericRpcHandler):
    """Refuses the first `refused` streams, as Envoy does without a pod. Later streams stay open."""

    def __init__(self, refused: int) -> None:
        self.streams = 0
        self.port = 0
        self._refused = refused

    def service(self, details: Any) -> Any:
        assert details.method.endswith("/StreamOperations")
        return grpc.stream_stream_rpc_method_handler(self._stream)

    def _stream(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        self.streams += 1
        if self.streams <= self._refused:
            context.abort(grpc.StatusCode.UNAVAILABLE, "no healthy upstream")
        for _ in requests:
            # Until the client ends the stream.
            continue
        yield from ()


@pytest.fixture
def gateway(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    handler = Gateway(request.param)
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers([handler])
    handler.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield handler
    server.stop(None).wait(WITHIN)


async def connected(port: int) -> Any:
    from skytorch.client.grpc import GRPCClient

    client = GRPCClient(host="127.0.0.1", port=port)
    await client.__aenter__()
    return SimpleNamespace(_grpc_client=client)


@pytest.mark.parametrize(("gateway", "streams"), [(0, 1), (1, 2)], indirect=["gateway"])
def test_only_a_stream_that_has_ended_is_reopened(gateway: Gateway, streams: int) -> None:
    async def scenario() -> None:
        compute = await connected(gateway.port)
        try:
            client = compute._grpc_client
            await eventually(lambda: gateway.streams, 1, within=WITHIN)
            broken = streams > 1
            await eventually(
                lambda: client.stream._receiver_task.done() or not broken, True, within=WITHIN
            )
            for _ in range(2):
                await reopen_broken_stream(compute)
                await eventually(lambda: gateway.streams, streams, within=WITHIN)
            assert not client.stream._receiver_task.done()
        finally:
            await compute._grpc_client.__aexit__(None, None, None)

    asyncio.run(scenario())


def test_a_compute_without_a_client_has_no_stream_to_reopen() -> None:
    asyncio.run(reopen_broken_stream(SimpleNamespace(_grpc_client=None)))

"""Time limits of calls, their repetitions, and the number of bytes that wait for a slow server."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from maidenhair.errors import ServerUnavailable, TransferTimedOut
from maidenhair.systems.skytorch.tensors import Protocol, TensorClient, TensorData, TensorRef
from maidenhair.systems.skytorch.tensors.rpc.chunks import MIB
from maidenhair.systems.skytorch.tensors.rpc.protocol import HEALTH, METRICS, SERVICE
from tests.conftest import imported

imported("skytorch")


class Faulty(grpc.GenericRpcHandler):
    """Counts each call, and fails it with UNAVAILABLE. If `is_stuck`, it does not answer before `released`."""

    def __init__(self, is_stuck: bool = False) -> None:
        self.calls: Counter[str] = Counter()
        self.released = threading.Event()
        self._is_stuck = is_stuck

    def service(self, handler_call_details: Any) -> Any:
        name = handler_call_details.method.rpartition("/")[2]
        protocol = Protocol.installed()
        for service in (SERVICE, HEALTH, METRICS):
            method = protocol.method(service, name)
            if method is not None and method.path == handler_call_details.method:
                return grpc.stream_stream_rpc_method_handler(self._behaviour(name))
        return None

    def _behaviour(self, name: str) -> Any:
        def serve(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
            self.calls[name] += 1
            if self._is_stuck:
                self.released.wait()
            context.abort(grpc.StatusCode.UNAVAILABLE, "not today")
            yield b""

        return serve


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    yield Faulty()


@pytest.fixture
def stuck() -> Iterator[Faulty]:
    handler = Faulty(is_stuck=True)
    yield handler
    handler.released.set()


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[TensorClient]:
    handler = request.getfixturevalue("stuck" if "stuck" in request.fixturenames else "faulty")
    server = grpc.server(ThreadPoolExecutor(4), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with TensorClient(f"127.0.0.1:{port}", attempts=3, deadline=20) as client:
        yield client
    handler.released.set()
    server.stop(None).wait()


ONE = TensorData("uint8", (1,), memoryview(b"1"))


def test_idempotent_calls_are_repeated(client: TensorClient, faulty: Faulty) -> None:
    for call in (
        lambda: client.write(1, ONE),
        lambda: client.read(1, "uint8"),
        lambda: client.delete(1),
        client.health,
        client.metrics,
    ):
        with pytest.raises(ServerUnavailable, match="not today"):
            call()

    names = ("UpdateTensor", "GetTensor", "DeleteTensors", "Check", "GetMetrics")
    assert faulty.calls == dict.fromkeys(names, 3)


def test_other_calls_are_not_repeated(client: TensorClient, faulty: Faulty) -> None:
    def in_a_session() -> None:
        with client.session() as session:
            session.read(1, "uint8")

    for call in (
        lambda: client.copy(1, 2),
        lambda: client.execute("aten::add_.Scalar", [TensorRef(1), 1]),
        lambda: client.send([b""]),
        in_a_session,
        lambda: next(client.watch_metrics()),
    ):
        with pytest.raises(ServerUnavailable, match="not today"):
            call()

    names = (
        "CopyTensor",
        "ExecuteAtenOperation",
        "UpdateTensor",
        "StreamOperations",
        "StreamMetrics",
    )
    assert faulty.calls == dict.fromkeys(names, 1)


def test_the_deadline_is_for_all_attempts_together(client: TensorClient, faulty: Faulty) -> None:
    with pytest.raises(ServerUnavailable):
        client.read(1, "uint8", deadline=0.05)

    assert faulty.calls["GetTensor"] == 1


@pytest.mark.parametrize("call", ["write", "read", "delete", "copy", "execute", "health"])
def test_each_call_ends_at_its_own_deadline(client: TensorClient, stuck: Faulty, call: str) -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "write": (1, ONE),
        "read": (1, "uint8"),
        "delete": (1,),
        "copy": (1, 2),
        "execute": ("aten::add", []),
        "health": (),
    }

    with pytest.raises(TransferTimedOut):
        getattr(client, call)(*arguments[call], deadline=0.2)


def test_a_server_that_does_not_read_holds_the_writer_back(
    client: TensorClient, stuck: Faulty
) -> None:
    handed: list[int] = []
    tensor = TensorData("uint8", (64 * MIB,), memoryview(bytes(64 * MIB)))

    with pytest.raises(TransferTimedOut):
        client.write(1, tensor, deadline=1, on_chunk=handed.append)

    assert len(handed) < 32


def test_a_server_that_does_not_read_holds_a_session_back(
    client: TensorClient, stuck: Faulty
) -> None:
    tensor = TensorData("uint8", (64 * MIB,), memoryview(bytes(64 * MIB)))

    with pytest.raises(TransferTimedOut), client.session(deadline=1) as session:
        session.write(1, tensor)

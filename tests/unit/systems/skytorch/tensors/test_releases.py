"""The tensor client with the protocols of two releases of SkyTorch in one process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest

from maidenhair.errors import (
    ChunksBroken,
    NotServed,
    ServerUnavailable,
    ServiceFailed,
    TensorNotFound,
    TransferCancelled,
    TransferTimedOut,
)
from maidenhair.systems.skytorch.tensors import (
    Function,
    Protocol,
    TensorClient,
    TensorData,
    TensorLayout,
    TensorRef,
    Wanted,
)
from maidenhair.systems.skytorch.tensors.minimal_server import MinimalServer
from tests.conftest import imported
from tests.unit.systems.skytorch.tensors import earlier_release

imported("skytorch")

CHUNK = 1000
RELEASES: dict[str, Callable[[], Protocol]] = {
    "earlier": earlier_release.protocol,
    "installed": Protocol.installed,
}


@dataclass(frozen=True)
class Served:
    """A server of a release, and a client of it."""

    server: MinimalServer
    client: TensorClient
    protocol: Protocol


@pytest.fixture(params=RELEASES)
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    protocol = RELEASES[request.param]()
    with (
        MinimalServer(protocol) as server,
        TensorClient(server.target, chunk_size=CHUNK, protocol=protocol) as client,
    ):
        yield Served(server, client, protocol)


@pytest.fixture
def earlier() -> Iterator[TensorClient]:
    protocol = earlier_release.protocol()
    with (
        MinimalServer(protocol) as server,
        TensorClient(server.target, protocol=protocol) as client,
    ):
        yield client


def numbers(count: int) -> TensorData:
    return TensorData("uint8", (count,), memoryview(bytes(i % 251 for i in range(count))))


def first_message(served: Served, tensor_id: int) -> Any:
    return served.protocol.message("TensorChunk").FromString(served.server.stored[tensor_id][0])


@pytest.mark.parametrize("count", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_written_tensor_is_read_unchanged(served: Served, count: int) -> None:
    served.client.write(1, numbers(count))

    assert served.client.read(1, "uint8") == numbers(count)


def test_protobuf_can_parse_the_messages(served: Served) -> None:
    served.client.write(2, numbers(CHUNK + 7))

    first, second = (
        served.protocol.message("TensorChunk").FromString(message)
        for message in served.server.stored[2]
    )
    assert (first.tensor_id, first.chunk_number, first.total_chunks) == (2, 0, 2)
    assert (first.total_bytes, first.dtype, list(first.shape)) == (
        CHUNK + 7,
        "torch.uint8",
        [CHUNK + 7],
    )
    assert (first.metadata.nbytes, first.metadata.device_type) == (CHUNK + 7, "cpu")
    assert (second.tensor_id, second.chunk_number, second.total_chunks) == (2, 1, 2)
    assert first.data + second.data == numbers(CHUNK + 7).data


def test_a_view_names_its_base(served: Served) -> None:
    view = TensorLayout(4, "uint8", (2,), strides=(3,), offset=1, view_of=3)

    served.client.write(4, numbers(2), layout=view)

    metadata = first_message(served, 4).metadata
    assert (metadata.tensor_ref, metadata.storage_offset, list(metadata.stride)) == (3, 1, [3])


def test_a_tensor_with_memory_of_its_own_names_no_base(served: Served) -> None:
    served.client.write(5, numbers(2))

    assert not first_message(served, 5).metadata.HasField("tensor_ref")


def test_a_copy_and_an_operation_create_tensors(served: Served) -> None:
    served.client.write(6, numbers(5))

    served.client.copy(6, 7)
    results = served.client.execute("aten::clone.default", [TensorRef(7)], [TensorRef(8)])

    assert results == (TensorRef(8),)
    assert served.client.read(8, "uint8") == numbers(5)


def test_a_failure_of_an_operation_is_the_services(served: Served) -> None:
    with pytest.raises(ServiceFailed, match=r"no operation aten\.nothing"):
        served.client.execute("aten::nothing")


def test_a_deleted_tensor_is_not_found(served: Served) -> None:
    served.client.write(9, numbers(1))

    served.client.delete(9, 10)

    assert served.server.deleted == [9, 10]
    with pytest.raises(TensorNotFound):
        served.client.read(9, "uint8")


def test_a_session_performs_operations_in_order(served: Served) -> None:
    with served.client.session() as session:
        session.write(11, numbers(3 * CHUNK + 1))
        session.execute("aten::clone.default", [TensorRef(11)], [TensorRef(12)])
        session.copy(12, 13)
        session.delete(11, 12)
        read = session.read(13, "uint8")

    assert read == numbers(3 * CHUNK + 1)
    assert served.server.deleted == [11, 12]


def test_a_session_reports_a_failure_at_its_next_read_at_the_latest(served: Served) -> None:
    with served.client.session() as session:
        session.write(14, numbers(1))
        with pytest.raises(ServiceFailed, match="Source tensor 404 not found"):
            session.copy(404, 14)
            session.read(14, "uint8")

        assert session.read(14, "uint8") == numbers(1)


def test_an_error_in_the_body_of_a_session_ends_it(served: Served) -> None:
    with pytest.raises(KeyError), served.client.session() as session:
        session.write(15, numbers(1))
        raise KeyError("mine")

    assert served.client.health() == "SERVING"


def test_metrics_are_read_and_watched(served: Served) -> None:
    wanted = Wanted(names=["a", "b"], labels={"device": "0"})

    (snapshot,) = served.client.metrics(wanted)
    watched = served.client.watch_metrics(0.1, wanted)
    seen = next(watched)
    watched.close()

    assert [metric.name for metric in snapshot.metrics] == ["a", "b"]
    assert snapshot.metrics[0].kind == "GAUGE"
    assert snapshot.metrics[0].labels == {"device": "0"}
    assert seen == snapshot


def test_a_watch_ends_at_its_deadline(served: Served) -> None:
    with pytest.raises(TransferTimedOut):
        list(served.client.watch_metrics(deadline=0.3))


def test_the_earlier_release_has_no_functions(earlier: TensorClient) -> None:
    with pytest.raises(NotServed, match="this release of SkyTorch has no ExecuteFunction"):
        earlier.execute_function(Function("def f(): pass", "f"))


def test_the_earlier_release_has_no_requests_of_later_ones(earlier: TensorClient) -> None:
    with earlier.session() as session:
        with pytest.raises(NotServed, match="has no get_scalar"):
            session.item(1)
        with pytest.raises(NotServed, match="has no register_tensors"):
            session.register({1: 2})


def test_the_earlier_release_creates_no_tensors_on_reading(earlier: TensorClient) -> None:
    with pytest.raises(ValueError, match="reads only tensors that the server has"):
        earlier.read(1, "uint8", layout=TensorLayout(1, "uint8", (1,), nbytes=1))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.11 has the earlier release")
def test_the_output_of_a_failing_function_is_passed_on() -> None:
    written: list[tuple[str, str]] = []
    protocol = Protocol.installed()

    with (
        MinimalServer(protocol) as server,
        TensorClient(server.target, protocol=protocol) as client,
        pytest.raises(ServiceFailed, match="f is not run here"),
    ):
        client.execute_function(
            Function("", "f"), on_log=lambda stream, text: written.append((stream, text))
        )

    assert written == [("stderr", "f is not run here")]


@pytest.mark.parametrize("value", [1j, {"a": 1}, object()])
def test_an_argument_that_cannot_be_sent_is_refused(served: Served, value: Any) -> None:
    with pytest.raises(TypeError, match="an operation takes no"):
        served.client.execute("aten::neg", [value])


def test_a_layout_of_another_tensor_is_refused(served: Served) -> None:
    with pytest.raises(
        ValueError, match="cannot copy tensor 1 to 2: there is a layout of tensor 3"
    ):
        served.client.copy(1, 2, create=[TensorLayout(3, "uint8", (1,))])


def test_wrong_chunks_are_an_error(served: Served) -> None:
    messages = list(served.client.messages(16, numbers(3 * CHUNK)))
    served.client.write(17, numbers(1))
    served.server.stored |= {
        16: messages[:2],
        18: [messages[0], messages[2]],
        19: messages,
        20: [],
        21: [messages[0][:-1]],
        22: [b"\xff" * 20],
    }

    for tensor_id, problem in {
        16: "the stream ended after 2 of 3 chunks",
        18: "a chunk of tensor 16 arrived",
        19: "a chunk of tensor 16 arrived",
        20: "without a chunk",
        21: "a message ends after",
        22: "a number of more than 10 bytes",
    }.items():
        with pytest.raises(ChunksBroken, match=problem):
            served.client.read(tensor_id, "uint8")
    assert served.client.read(17, "uint8") == numbers(1)


def test_a_tensor_is_read_into_memory_of_the_caller(served: Served) -> None:
    served.client.write(30, numbers(3 * CHUNK))
    memory = bytearray(3 * CHUNK)

    read = served.client.read(30, "uint8", into=memoryview(memory))

    assert memory == numbers(3 * CHUNK).data
    assert read.data.obj is memory


def test_memory_of_another_size_is_refused(served: Served) -> None:
    served.client.write(31, numbers(10))

    with pytest.raises(ChunksBroken, match="10 bytes were announced, but the memory has 9 bytes"):
        served.client.read(31, "uint8", into=memoryview(bytearray(9)))


def test_on_chunk_is_called_after_each_chunk(served: Served) -> None:
    written: list[int] = []
    read: list[int] = []

    served.client.write(23, numbers(3 * CHUNK), on_chunk=written.append)
    served.client.read(23, "uint8", on_chunk=read.append)

    assert written == read == [1, 2, 3]


def test_an_error_in_on_chunk_cancels_the_call(served: Served) -> None:
    def stop(number: int) -> None:
        if number == 2:
            raise InterruptedError("enough")

    with pytest.raises(InterruptedError, match="enough"):
        served.client.write(24, numbers(50 * CHUNK), on_chunk=stop)
    served.client.write(25, numbers(50 * CHUNK))
    with pytest.raises(InterruptedError, match="enough"):
        served.client.read(25, "uint8", on_chunk=stop)

    assert 24 not in served.server.stored
    assert served.client.read(25, "uint8") == numbers(50 * CHUNK)


def test_a_call_on_a_closed_client_is_cancelled(served: Served) -> None:
    served.client.close()

    with pytest.raises(TransferCancelled):
        served.client.write(26, numbers(1))


def test_a_server_that_stops_is_unavailable(served: Served) -> None:
    served.client.write(27, numbers(1))
    served.server.stop()

    with pytest.raises(ServerUnavailable):
        served.client.read(27, "uint8")


def test_a_stream_that_begins_while_its_server_stops_ends() -> None:
    protocol = Protocol.installed()
    ended: list[ServerUnavailable] = []

    def read_from_many() -> None:
        for _ in range(300):
            with (
                MinimalServer(protocol) as server,
                TensorClient(server.target, protocol=protocol, attempts=1) as client,
            ):
                client.write(1, numbers(1))
                server.stop()
                with pytest.raises(ServerUnavailable) as caught:
                    client.read(1, "uint8")
                ended.append(caught.value)

    # A stream whose events are lost ignores its deadline and interrupts.
    reading = Thread(target=read_from_many, daemon=True)
    reading.start()
    reading.join(120)

    assert len(ended) == 300


def test_the_service_reports_missing_chunks(served: Served) -> None:
    messages = list(served.client.messages(28, numbers(3 * CHUNK)))

    with pytest.raises(ServiceFailed, match="2 of 3 chunks arrived"):
        served.client.send(messages[:2])


def test_an_error_in_the_iterator_of_messages_reaches_the_caller(served: Served) -> None:
    def broken() -> Iterator[bytes]:
        yield from list(served.client.messages(29, numbers(3 * CHUNK)))[:1]
        raise InterruptedError("no more")

    with pytest.raises(InterruptedError, match="no more"):
        served.client.send(broken())

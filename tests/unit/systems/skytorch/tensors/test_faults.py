"""Faults of streams: wrong chunks, cancelled transfers, and messages that are too large."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from maidenhair.errors import ConfigurationError, ServiceFailed, TransferError
from maidenhair.systems.skytorch.tensors import (
    OwnTensors,
    Protocol,
    TensorClient,
    TensorData,
)
from maidenhair.systems.skytorch.tensors.faults import (
    FAULTS,
    GARBAGE,
    LARGE,
    MIXED,
    GaveUp,
    faulty_messages,
    give_up,
    give_up_during,
)
from maidenhair.systems.skytorch.tensors.minimal_server import MinimalServer
from maidenhair.systems.skytorch.tensors.rpc.chunks import MIB
from tests.conftest import imported

imported("skytorch")


@pytest.fixture
def tensors() -> Iterator[OwnTensors]:
    with (
        MinimalServer(Protocol.installed()) as server,
        TensorClient(server.target) as client,
        OwnTensors(client) as tensors,
    ):
        yield tensors


def numbers(tensors: OwnTensors, fault: str) -> list[int]:
    chunk = Protocol.installed().message("TensorChunk")
    messages = [each for each in faulty_messages(tensors, fault) if each != GARBAGE]
    return [chunk.FromString(message).chunk_number for message in messages]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("never come", []),
        ("end too early", [0, 1, 2, 3]),
        ("begin too late", [1, 2, 3, 4]),
        ("lack one in the middle", [0, 1, 3, 4]),
        ("come in reverse order", [4, 3, 2, 1, 0]),
        ("come twice", [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]),
        ("are no messages", [0, 1, 2, 3, 4]),
        (MIXED, [0, 1, 2, 3, 4]),
        (LARGE, [0]),
    ],
)
def test_each_fault_has_the_chunks_of_its_name(
    tensors: OwnTensors, fault: str, expected: list[int]
) -> None:
    assert numbers(tensors, fault) == expected


@pytest.mark.parametrize("fault", [*FAULTS, LARGE, MIXED])
def test_a_server_answers_each_fault_and_goes_on(tensors: OwnTensors, fault: str) -> None:
    with suppress(TransferError):
        tensors.client.send(faulty_messages(tensors, fault), deadline=20)

    assert tensors.client.health() == "SERVING"


def test_a_message_that_is_too_large_is_refused_by_the_server(tensors: OwnTensors) -> None:
    with pytest.raises(TransferError, match="RESOURCE_EXHAUSTED"):
        tensors.client.send(faulty_messages(tensors, LARGE))


def test_the_service_reports_an_incomplete_stream(tensors: OwnTensors) -> None:
    with pytest.raises(ServiceFailed, match="4 of 5 chunks"):
        tensors.client.send(faulty_messages(tensors, "end too early"))


def test_a_client_gives_up_at_the_second_chunk() -> None:
    give_up(1)
    with pytest.raises(GaveUp):
        give_up(2)


def large(tensors: OwnTensors) -> TensorData:
    tensor = TensorData("uint8", (3 * MIB,), memoryview(bytes(3 * MIB)))
    tensors.write("large", tensor)
    return tensor


@pytest.mark.parametrize("act", ["writing", "reading"])
def test_a_client_that_gives_up_leaves_the_local_tensor_unchanged(
    tensors: OwnTensors, act: str
) -> None:
    written = large(tensors)

    give_up_during(tensors, act, "large")

    assert tensors.local("large") == written


def test_a_client_cannot_give_up_a_transfer_of_one_chunk(tensors: OwnTensors) -> None:
    tensors.write("small", TensorData("uint8", (1,), memoryview(b"1")))

    with pytest.raises(AssertionError, match="before its second chunk"):
        give_up_during(tensors, "reading", "small")


def test_a_client_gives_up_writing_or_reading_only(tensors: OwnTensors) -> None:
    large(tensors)

    with pytest.raises(
        ConfigurationError, match="cannot give up 'deleting'; choose one of: writing, reading"
    ):
        give_up_during(tensors, "deleting", "large")

"""What faulty clients send, and what many do at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from maidenhair.errors import ServiceFailed, TransferError
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
    GivenUp,
    faulty_messages,
    give_up,
    transfer_at_once,
)
from maidenhair.systems.skytorch.tensors.minimal_server import MinimalServer
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
def test_each_fault_is_what_its_name_says(
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


def test_an_unfinished_stream_is_told(tensors: OwnTensors) -> None:
    with pytest.raises(ServiceFailed, match="4 of 5 chunks"):
        tensors.client.send(faulty_messages(tensors, "end too early"))


def test_whoever_gives_up_does_so_at_the_second_chunk() -> None:
    give_up(1)
    with pytest.raises(GivenUp):
        give_up(2)


def test_all_of_many_are_read_as_they_were_written(tensors: OwnTensors) -> None:
    written = {
        f"tensor {i}": TensorData("uint8", (1000,), memoryview(bytes([i]) * 1000))
        for i in range(16)
    }

    assert transfer_at_once(tensors, written) == written

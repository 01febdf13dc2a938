"""Chunks of tensors."""

from __future__ import annotations

import pytest

from maidenhair.systems.skytorch.tensors.rpc.chunks import Assembly, ChunkError, split


def pieces(length: int, size: int) -> list[bytes]:
    return [bytes(chunk.data) for chunk in split(memoryview(bytes(length)), size)]


@pytest.mark.parametrize(
    ("length", "sizes"),
    [
        (0, [0]),
        (1, [1]),
        (7, [7]),
        (8, [8]),
        (9, [8, 1]),
        (15, [8, 7]),
        (16, [8, 8]),
        (17, [8, 8, 1]),
    ],
)
def test_a_tensor_is_split_at_the_chunk_size(length: int, sizes: list[int]) -> None:
    assert [len(piece) for piece in pieces(length, 8)] == sizes


def test_chunks_are_numbered_and_say_how_many_there_are() -> None:
    chunks = list(split(memoryview(b"abcdefg"), 3))

    assert [(chunk.number, chunk.total, bytes(chunk.data)) for chunk in chunks] == [
        (0, 3, b"abc"),
        (1, 3, b"def"),
        (2, 3, b"g"),
    ]


def test_a_chunk_is_a_view_and_no_copy() -> None:
    memory = bytearray(b"abcd")
    chunk = next(iter(split(memoryview(memory), 4)))

    memory[0:1] = b"X"

    assert bytes(chunk.data) == b"Xbcd"


@pytest.mark.parametrize("size", [0, -1])
def test_a_chunk_size_without_a_byte_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="at least 1 byte"):
        list(split(memoryview(b"abc"), size))


def test_chunks_are_assembled() -> None:
    assembly = Assembly(total_bytes=7, total_chunks=3)
    for chunk in split(memoryview(b"abcdefg"), 3):
        assembly.add(chunk.number, bytes(chunk.data))

    assert bytes(assembly.finish()) == b"abcdefg"


def test_an_empty_tensor_is_one_chunk_without_data() -> None:
    assembly = Assembly(total_bytes=0, total_chunks=1)
    assembly.add(0, b"")

    assert bytes(assembly.finish()) == b""


def test_a_chunk_out_of_order_is_refused() -> None:
    assembly = Assembly(total_bytes=6, total_chunks=2)

    with pytest.raises(ChunkError, match="chunk 1 arrived, but chunk 0 was expected"):
        assembly.add(1, b"def")


def test_a_chunk_too_many_is_refused() -> None:
    assembly = Assembly(total_bytes=3, total_chunks=1)
    assembly.add(0, b"abc")

    with pytest.raises(ChunkError, match="only 1 were announced"):
        assembly.add(1, b"")


def test_a_byte_too_many_is_refused() -> None:
    assembly = Assembly(total_bytes=3, total_chunks=1)

    with pytest.raises(ChunkError, match="4 bytes arrived, but only 3"):
        assembly.add(0, b"abcd")


@pytest.mark.parametrize(("total_bytes", "total_chunks"), [(4, 1), (3, 2)])
def test_a_stream_that_ends_early_is_refused(total_bytes: int, total_chunks: int) -> None:
    assembly = Assembly(total_bytes, total_chunks)
    assembly.add(0, b"abc")

    with pytest.raises(ChunkError, match="the stream ended after 1 of"):
        assembly.finish()

"""Chunks of tensors: splitting before sending, and assembling on arrival, with as few copies as possible."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

MIB = 1024 * 1024
LARGE = 4 * MIB


@dataclass(frozen=True)
class Chunk:
    """A chunk of a tensor: its index from 0, the number of chunks of the tensor, and its bytes."""

    number: int
    total: int
    data: memoryview


class ChunkError(ValueError):
    """Wrong or missing chunks. The text contains the chunk and the expected one."""


def split(data: memoryview, size: int = MIB) -> Iterator[Chunk]:
    """Split `data` into chunks of `size` bytes. The last one may be shorter. Empty data is one empty chunk.

    Raises:
        ValueError: `size` is less than 1.
    """
    if size < 1:
        raise ValueError(f"the size of a chunk is {size}; choose at least 1 byte")
    total = max(1, -(-data.nbytes // size))
    for number in range(total):
        yield Chunk(number, total, data[number * size : (number + 1) * size])


def memory_for(size: int) -> memoryview:
    """Return writable memory of `size` bytes. Unwritten parts of large memory take no space.

    Large memory uses huge pages if the kernel has them, because filling small pages takes longer than receiving the
    bytes.

    Raises:
        MemoryError: there is not enough memory.
        OverflowError: `size` is larger than the address space.
        OSError: there is not enough memory.
    """
    if size < LARGE:
        return memoryview(bytearray(size))
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(AttributeError, OSError):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(memory)


class Assembly:
    """Assembles the chunks of one tensor.

    Args:
        total_bytes: the size of the tensor in bytes, as the first chunk announces it.
        total_chunks: the number of chunks, as the first chunk announces it.
        into: the memory for the bytes. Default: new memory.

    Raises:
        ChunkError: there is not enough memory, or `into` has another size.
    """

    def __init__(self, total_bytes: int, total_chunks: int, into: memoryview | None = None) -> None:
        if into is not None and into.nbytes != total_bytes:
            raise ChunkError(
                f"{total_bytes} bytes were announced, but the memory has {into.nbytes} bytes"
            )
        try:
            self._buffer = memory_for(total_bytes) if into is None else into.cast("B")
        except (MemoryError, OverflowError, OSError) as error:
            raise ChunkError(
                f"{total_bytes} bytes were announced, more than this machine's memory can hold"
            ) from error
        self._total_chunks = total_chunks
        self._chunks = 0
        self._filled = 0

    def add(self, number: int, data: bytes | memoryview) -> None:
        """Add the next chunk.

        Args:
            number: the chunk's index.
            data: the chunk's bytes.

        Raises:
            ChunkError: the chunk is not the next in order, or there are more chunks or bytes than announced.
        """
        if number != self._chunks:
            raise ChunkError(f"chunk {number} arrived, but chunk {self._chunks} was expected")
        if number >= self._total_chunks:
            raise ChunkError(
                f"chunk {number} arrived, but only {self._total_chunks} were announced"
            )
        end = self._filled + len(data)
        if end > len(self._buffer):
            raise ChunkError(f"{end} bytes arrived, but only {len(self._buffer)} were announced")
        self._buffer[self._filled : end] = data
        self._filled = end
        self._chunks += 1

    def finish(self) -> memoryview:
        """Return the bytes of the complete tensor, in `into` or in new writable memory.

        Raises:
            ChunkError: chunks or bytes are missing.
        """
        if self._chunks != self._total_chunks or self._filled != len(self._buffer):
            raise ChunkError(
                f"the stream ended after {self._chunks} of {self._total_chunks} chunks, "
                f"{self._filled} of {len(self._buffer)} bytes"
            )
        return self._buffer

"""Tensors in pieces: cut for sending, put together on arrival; no byte is copied that need not be."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

MIB = 1024 * 1024
LARGE = 4 * MIB


@dataclass(frozen=True)
class Chunk:
    """One piece of a tensor: its number from 0, how many there are, and its bytes."""

    number: int
    total: int
    data: memoryview


class ChunkError(ValueError):
    """Chunks that do not make a tensor; the text says which chunk and what was expected."""


def split(data: memoryview, size: int = MIB) -> Iterator[Chunk]:
    """Cut `data` into chunks of `size` bytes, the last may be shorter; nothing to send is one chunk without data.

    Raises:
        ValueError: `size` is not positive.
    """
    if size < 1:
        raise ValueError(f"a chunk has at least 1 byte, not {size}")
    total = max(1, -(-data.nbytes // size))
    for number in range(total):
        yield Chunk(number, total, data[number * size : (number + 1) * size])


def memory_for(size: int) -> memoryview:
    """Return memory of a size in bytes that can be written to; what is not written takes no room if it is large.

    Large memory is made of large pages where the kernel has some: filling small ones takes longer than receiving
    what they are filled with.

    Raises:
        MemoryError: there is not so much.
        OverflowError: nobody has so much.
        OSError: there is not so much.
    """
    if size < LARGE:
        return memoryview(bytearray(size))
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(AttributeError, OSError):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(memory)


class Assembly:
    """Puts the chunks of one tensor together.

    Args:
        total_bytes: the size of the tensor as the first chunk announces it.
        total_chunks: how many chunks it announces.
        into: where the bytes go; new memory by default.

    Raises:
        ChunkError: there is no memory for so many bytes, or what is given is of another size.
    """

    def __init__(self, total_bytes: int, total_chunks: int, into: memoryview | None = None) -> None:
        if into is not None and into.nbytes != total_bytes:
            raise ChunkError(f"{total_bytes} bytes were announced, for memory of {into.nbytes}")
        try:
            self._buffer = memory_for(total_bytes) if into is None else into.cast("B")
        except (MemoryError, OverflowError, OSError) as error:
            raise ChunkError(f"{total_bytes} bytes were announced, too many to keep") from error
        self._total_chunks = total_chunks
        self._chunks = 0
        self._filled = 0

    def add(self, number: int, data: bytes | memoryview) -> None:
        """Take the next chunk.

        Raises:
            ChunkError: it is not the next in order, one too many, or holds more bytes than were announced.
        """
        if number != self._chunks:
            raise ChunkError(f"chunk {number} arrived where chunk {self._chunks} was due")
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
        """Return the whole tensor's bytes, in the memory that was given, or in new memory that can be written to.

        Raises:
            ChunkError: chunks or bytes are missing.
        """
        if self._chunks != self._total_chunks or self._filled != len(self._buffer):
            raise ChunkError(
                f"the stream ended after {self._chunks} of {self._total_chunks} chunks, "
                f"{self._filled} of {len(self._buffer)} bytes"
            )
        return self._buffer

"""Chunks on the wire, framed by hand: protobuf would copy a chunk's bytes three times where once is enough.

A protobuf message is a row of fields, in any order, each with its number, its kind and its bytes. Only the field with a
chunk's bytes is written and read here, by the number that the release gives it; protobuf does the others.
"""

from __future__ import annotations

from typing import Any

from maidenhair.systems.skytorch.tensors.rpc.chunks import ChunkError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LONGEST_VARINT = 10


class Framing:
    """Puts a message together from its small fields and its one large field, and takes it apart.

    Args:
        message: the class of the message.
        field: the name of the large field, whose type is `bytes`.
    """

    def __init__(self, message: Any, field: str = "data") -> None:
        self._message = message
        self._number = message.DESCRIPTOR.fields_by_name[field].number
        self._tag = _varint(self._number << 3 | BYTES)

    def join(self, head: Any, data: memoryview) -> bytes:
        """Return a message on the wire; `data` is copied once.

        Args:
            head: the message without its large field.
            data: the bytes of that field.
        """
        return b"".join((head.SerializeToString(), self._tag, _varint(data.nbytes), data))

    def part(self, message: bytes) -> tuple[Any, memoryview]:
        """Return the message without its large field, and a view of the bytes of that field.

        Raises:
            ChunkError: these bytes are no such message.
        """
        whole = memoryview(message)
        rest, data, position = [], whole[:0], 0
        while position < len(whole):
            start = position
            tag, position = _read_varint(whole, position)
            end, body = _end(whole, position, tag & 7)
            if tag >> 3 == self._number and tag & 7 == BYTES:
                data = whole[body:end]
            else:
                rest.append(whole[start:end])
            position = end
        try:
            return self._message.FromString(b"".join(rest)), data
        except Exception as error:
            raise ChunkError(f"a message that cannot be read: {error}") from error


def _end(whole: memoryview, position: int, kind: int) -> tuple[int, int]:
    """Return where the field whose tag ends at `position` ends, and where its bytes begin."""
    body = position
    if kind == VARINT:
        _, end = _read_varint(whole, position)
    elif kind == FIXED64:
        end = position + 8
    elif kind == FIXED32:
        end = position + 4
    elif kind == BYTES:
        length, body = _read_varint(whole, position)
        end = body + length
    else:
        raise ChunkError(f"a message with a field of the unknown kind {kind}")
    if end > len(whole):
        raise ChunkError(f"a message cut off after {len(whole)} of {end} bytes")
    return end, body


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _read_varint(whole: memoryview, position: int) -> tuple[int, int]:
    number = 0
    for place in range(LONGEST_VARINT):
        if position + place >= len(whole):
            raise ChunkError(f"a message cut off after {len(whole)} bytes")
        byte = whole[position + place]
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number, position + place + 1
    raise ChunkError("a message with a number that does not end")

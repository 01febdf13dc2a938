"""Serialization of chunks by hand, because protobuf copies the bytes of a chunk three times instead of once.

A protobuf message is a sequence of fields in any order, each with its number, its kind and its bytes. This module
writes and reads only the field with the bytes of a chunk, by its number in the release. protobuf handles the others.
"""

from __future__ import annotations

from typing import Any

from maidenhair.systems.skytorch.tensors.rpc.chunks import ChunkError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LONGEST_VARINT = 10


class Framing:
    """Joins the small fields of a message with its one large field, and separates them again.

    Args:
        message: the class of the message.
        field: the name of the large field, whose type is `bytes`.
    """

    def __init__(self, message: Any, field: str = "data") -> None:
        self._message = message
        self._number = message.DESCRIPTOR.fields_by_name[field].number
        self._tag = _varint(self._number << 3 | BYTES)

    def join(self, head: Any, data: memoryview) -> bytes:
        """Return the serialized message. `data` is copied once.

        Args:
            head: the message without its large field.
            data: the bytes of that field.
        """
        return b"".join((head.SerializeToString(), self._tag, _varint(data.nbytes), data))

    def part(self, message: bytes) -> tuple[Any, memoryview]:
        """Return the message without its large field, and a view of the bytes of that field.

        Raises:
            ChunkError: the bytes are not such a message.
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
            raise ChunkError(f"a message that cannot be parsed arrived: {error}") from error


def _end(whole: memoryview, position: int, kind: int) -> tuple[int, int]:
    """Return the end of the field whose tag ends at `position`, and the start of its bytes."""
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
        raise ChunkError(f"a message with a field of the unknown kind {kind} arrived")
    if end > len(whole):
        raise ChunkError(f"a message ends after {len(whole)} of {end} bytes")
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
            raise ChunkError(f"a message ends after {len(whole)} bytes, inside a number")
        byte = whole[position + place]
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number, position + place + 1
    raise ChunkError(f"a message with a number of more than {LONGEST_VARINT} bytes arrived")

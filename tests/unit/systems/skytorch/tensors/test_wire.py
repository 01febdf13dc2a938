"""Messages serialized by hand, compared with protobuf."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Fields
from google.protobuf.descriptor_pb2 import UninterpretedOption
from hypothesis import given
from hypothesis import strategies as st

from maidenhair.systems.skytorch.tensors.rpc.chunks import ChunkError
from maidenhair.systems.skytorch.tensors.rpc.wire import Framing

# A message that every protobuf has: a field of bytes, and others of each kind beside it.
FRAMING = Framing(UninterpretedOption, "string_value")


@given(
    data=st.binary(max_size=70_000),
    number=st.integers(0, 2**64 - 1),
    fraction=st.floats(allow_nan=False),
)
def test_protobuf_parses_joined_messages_and_they_are_separated_again(
    data: bytes, number: int, fraction: float
) -> None:
    head = UninterpretedOption(positive_int_value=number, double_value=fraction)

    message = FRAMING.join(head, memoryview(data))
    read = UninterpretedOption.FromString(message)
    rest, part = FRAMING.part(message)

    assert read.string_value == bytes(part) == data
    assert (read.positive_int_value, read.double_value) == (number, fraction)
    assert rest == head


@given(data=st.binary(max_size=300), name=st.text(max_size=20))
def test_messages_of_protobuf_are_separated(data: bytes, name: str) -> None:
    whole = UninterpretedOption(string_value=data, identifier_value=name)

    rest, part = FRAMING.part(whole.SerializeToString())

    assert bytes(part) == data
    assert rest == UninterpretedOption(identifier_value=name)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_refused(message: bytes) -> None:
    try:
        rest, _ = FRAMING.part(message)
    except ChunkError:
        return
    assert isinstance(rest, UninterpretedOption)


def test_the_part_is_a_view_and_no_copy() -> None:
    message = FRAMING.join(UninterpretedOption(), memoryview(b"abc"))

    assert FRAMING.part(message)[1].obj is message


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (b"\x3a\x05abc", "ends after 5 of 7 bytes"),
        (b"\x3a", "ends after 1 bytes"),
        (b"\x31\x00", "ends after"),
        (b"\x3b", "unknown kind 3"),
        (b"\xff" * 11, "a number of more than 10 bytes"),
        (b"\x12\x01\x0a", "cannot be parsed"),
    ],
)
def test_bytes_that_are_no_message_are_refused(message: bytes, problem: str) -> None:
    with pytest.raises(ChunkError, match=problem):
        FRAMING.part(message)


def test_a_field_of_bytes_is_named() -> None:
    with pytest.raises(KeyError):
        Framing(Fields, "nothing")

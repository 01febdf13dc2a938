"""What a tensor is on its way: a type, a shape and bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_SIZES = {
    1: "bool uint8 int8 float8_e4m3fn float8_e5m2 qint8 quint8",
    2: "uint16 int16 float16 bfloat16",
    4: "uint32 int32 float32 complex32 qint32",
    8: "uint64 int64 float64 complex64",
    16: "complex128",
}
ELEMENT_BYTES = {name: size for size, names in _SIZES.items() for name in names.split()}
"""How many bytes an element has, by its type; of other types that is not known here."""


@dataclass(frozen=True)
class TensorRef:
    """A tensor on a server, by its number: an argument or a result of an operation."""

    tensor_id: int


@dataclass(frozen=True)
class TensorLayout:
    """What a server makes a tensor from that it does not have yet: new memory, or a view of another tensor.

    Attributes:
        tensor_id: the tensor's number, from 0 to 2**64 - 1.
        dtype: the element type as torch names it, without the prefix, such as "float32".
        shape: the size of each dimension.
        strides: the distance between neighbours in each dimension, in elements; row-major by default.
        offset: where the tensor begins in its memory, in elements.
        nbytes: how many bytes of memory it gets; a view gets none.
        view_of: the number of the tensor whose memory it shares; None gives it memory of its own.
        device: the type of the server's device.
    """

    tensor_id: int
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...] | None = None
    offset: int = 0
    nbytes: int = 0
    view_of: int | None = None
    device: str = "cpu"


@dataclass(frozen=True)
class TensorData:
    """A contiguous tensor as bytes; two are equal when type, shape and every bit are.

    Attributes:
        dtype: the element type as torch names it, without the prefix, such as "float32".
        shape: the size of each dimension; empty for a single number.
        data: the elements in row-major order; a view of their owner's memory, not a copy.
    """

    dtype: str
    shape: tuple[int, ...]
    data: memoryview

    @property
    def strides(self) -> tuple[int, ...]:
        """Return the distance between neighbours in each dimension, in elements."""
        return contiguous(self.shape)


def bytes_of(dtype: str, shape: Sequence[int]) -> int | None:
    """Return how many bytes a tensor has without gaps; None where an element's size is not known."""
    size = ELEMENT_BYTES.get(dtype)
    return None if size is None else size * math.prod(shape)


def contiguous(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the distances between neighbours, in elements, of a row-major tensor without gaps."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


@dataclass(frozen=True)
class Computed:
    """Results of one computation.

    Attributes:
        title: what was computed.
        on_server: what the server gave.
        here: what this machine gave, in the same order.
    """

    title: str
    on_server: tuple[TensorData, ...]
    here: tuple[TensorData, ...]

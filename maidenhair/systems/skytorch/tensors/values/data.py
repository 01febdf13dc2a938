"""Tensors as type, shape and bytes, their layouts on a server, and references to them."""

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
"""The size of an element in bytes, by its type. The sizes of other types are unknown."""


@dataclass(frozen=True)
class TensorRef:
    """A reference to a tensor on a server by its id, as an argument or a result of an operation."""

    tensor_id: int


@dataclass(frozen=True)
class TensorLayout:
    """The layout of a tensor that a server has to create: new memory, or a view of another tensor.

    Attributes:
        tensor_id: the tensor's id, from 0 to 2**64 - 1.
        dtype: the element type, for example "float32".
        shape: the size of each dimension.
        strides: the distance between neighbours in each dimension, in elements. Default: row-major.
        offset: the position of the first element in the memory, in elements.
        nbytes: the size of the new memory in bytes; 0 for a view.
        view_of: the id of the tensor whose memory the view shares; None for new memory.
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
    """A contiguous tensor as bytes. Two are equal if their types, shapes and all bits are equal.

    Attributes:
        dtype: the element type, for example "float32".
        shape: the size of each dimension; empty for a single number.
        data: the elements in row-major order, a view of the memory of their owner.
    """

    dtype: str
    shape: tuple[int, ...]
    data: memoryview

    @property
    def strides(self) -> tuple[int, ...]:
        """Return the distance between neighbours in each dimension, in elements."""
        return contiguous(self.shape)


def bytes_of(dtype: str, shape: Sequence[int]) -> int | None:
    """Return the size of a contiguous tensor in bytes, or None if the size of an element is unknown."""
    size = ELEMENT_BYTES.get(dtype)
    return None if size is None else size * math.prod(shape)


def contiguous(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the strides of a contiguous row-major tensor, in elements.

    Example:
        >>> contiguous((2, 3))
        (3, 1)
    """
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


@dataclass(frozen=True)
class Computed:
    """The results of one computation, on a server and on this machine.

    Attributes:
        title: the description of the computation.
        on_server: the server's results.
        here: this machine's results, in the same order.
    """

    title: str
    on_server: tuple[TensorData, ...]
    here: tuple[TensorData, ...]

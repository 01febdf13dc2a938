"""What a tensor is on its way: a type, a shape and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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


def contiguous(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the distances between neighbours, in elements, of a row-major tensor without gaps."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))

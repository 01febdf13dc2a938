"""What a tensor is on its way: a type, a shape and bytes."""

from __future__ import annotations

from dataclasses import dataclass


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
        strides = []
        step = 1
        for size in reversed(self.shape):
            strides.append(step)
            step *= max(size, 1)
        return tuple(reversed(strides))

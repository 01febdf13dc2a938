"""Operands: small named tensors of random numbers with a fixed seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors.values.conversion import torch_dtype


def operand(name: str, dtype: str) -> Any:
    """Return the operand of a name as a torch tensor. The same arguments give the same tensor.

    Args:
        name: a name of OPERANDS.
        dtype: the element type. Masks, rows, places and labels ignore it.

    Raises:
        ConfigurationError: there is no operand of that name.
        ValueError: torch has no such element type.
    """
    if name not in OPERANDS:
        raise ConfigurationError(
            f"there is no operand {name!r}; choose one of: {', '.join(OPERANDS)}"
        )
    return OPERANDS[name](_Random(name, dtype))


class _Random:
    """Random numbers of one element type, with a seed that depends on the operand's name."""

    def __init__(self, name: str, dtype: str) -> None:
        import torch

        self._torch = torch
        self._dtype = torch_dtype(dtype)
        self._numbers = torch.Generator().manual_seed(zlib.crc32(name.encode()))

    def any(self, *shape: int) -> Any:
        """Return numbers between -3 and 3, whole numbers from -9 to 9, or truth values."""
        torch = self._torch
        if self._dtype == torch.bool:
            return self.whole(2, *shape).bool()
        if not (self._dtype.is_floating_point or self._dtype.is_complex):
            return (self.whole(19, *shape) - 9).to(self._dtype)
        numbers = self._uniform(*shape) * 6 - 3
        if self._dtype.is_complex:
            numbers = torch.complex(numbers, self._uniform(*shape) * 6 - 3)
        return numbers.to(self._dtype)

    def positive(self, *shape: int) -> Any:
        """Return numbers between 0.5 and 4, or whole numbers from 1 to 9."""
        if self._dtype.is_floating_point:
            return (self._uniform(*shape) * 3.5 + 0.5).to(self._dtype)
        return (self.whole(9, *shape) + 1).to(self._dtype)

    def solvable(self, size: int) -> Any:
        """Return a square matrix that can be inverted accurately."""
        return self.any(size, size) + (3 * size * self._torch.eye(size)).to(self._dtype)

    def zeros(self, *shape: int) -> Any:
        """Return zeros."""
        return self._torch.zeros(shape, dtype=self._dtype)

    def mask(self, *shape: int) -> Any:
        """Return truth values."""
        return self.whole(2, *shape).bool()

    def whole(self, limit: int, *shape: int) -> Any:
        """Return whole numbers of type int64 from 0 to `limit` - 1."""
        return self._torch.randint(0, limit, shape, generator=self._numbers)

    def special(self) -> Any:
        """Return zeros and infinities of both signs, a NaN and a one."""
        values = [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1.0]
        return self._torch.tensor(values, dtype=self._dtype)

    def _uniform(self, *shape: int) -> Any:
        # Always created as float64, so that the numbers of the types differ only by rounding.
        return self._torch.rand(shape, dtype=self._torch.float64, generator=self._numbers)


OPERANDS: dict[str, Callable[[_Random], Any]] = {
    "vector": lambda random: random.any(6),
    "another vector": lambda random: random.any(6),
    "matrix": lambda random: random.any(4, 6),
    "another matrix": lambda random: random.any(4, 6),
    "positive matrix": lambda random: random.positive(4, 6),
    "right matrix": lambda random: random.any(6, 5),
    "square matrix": lambda random: random.solvable(5),
    "matrices": lambda random: random.any(3, 4, 6),
    "right matrices": lambda random: random.any(3, 6, 5),
    "product": lambda random: random.any(4, 5),
    "special numbers": lambda random: random.special(),
    "mask": lambda random: random.mask(4, 6),
    "rows": lambda random: random.whole(4, 7),
    "places": lambda random: random.whole(6, 4, 3),
    "labels": lambda random: random.whole(6, 4),
    "images": lambda random: random.any(2, 3, 8, 8),
    "kernels": lambda random: random.any(4, 3, 3, 3),
    "room for a matrix": lambda random: random.zeros(4, 6),
    "room for a product": lambda random: random.zeros(4, 5),
}
"""The function that creates each operand. A matrix has 4 rows and 6 columns, a right matrix 6 rows and 5 columns."""

"""Floating-point numbers whose bits are easily lost in transfers. torch is imported at the first use.

A floating-point number has a sign, an exponent and a mantissa (IEEE 754). If all bits of the exponent are one, it is
an infinity or a NaN. If all are zero, it is a zero or a subnormal number. A NaN is quiet if the highest bit of its
mantissa is set, otherwise signalling. The other bits of the mantissa are its payload.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors.values.conversion import from_torch, torch_dtype
from maidenhair.systems.skytorch.tensors.values.data import TensorData


@dataclass(frozen=True)
class Layout:
    """The layout of a floating-point type.

    Attributes:
        size: the number of all bits.
        mantissa: the number of bits of the mantissa.
    """

    size: int
    mantissa: int

    def bits(self, negative: bool, exponent_ones: bool, mantissa: int) -> int:
        """Return the bits of a number as a signed integer. All bits of the exponent are one, or all are zero."""
        ones = (1 << (self.size - 1 - self.mantissa)) - 1
        magnitude = (ones << self.mantissa if exponent_ones else 0) | mantissa
        return magnitude - (1 << (self.size - 1)) if negative else magnitude


FLOATS = {
    "float64": Layout(64, 52),
    "float32": Layout(32, 23),
    "float16": Layout(16, 10),
    "bfloat16": Layout(16, 7),
}
"""The floating-point types that servers send, with their layouts."""


def pattern_of(dtype: str, pattern: str) -> TensorData:
    """Return a tensor of numbers with a pattern of bits: all such numbers of a type, or a selection of them.

    Args:
        dtype: a name of FLOATS.
        pattern: a name of PATTERNS, for example "infinities".

    Raises:
        ConfigurationError: there is no such type, or no such pattern.
    """
    import torch

    if dtype not in FLOATS:
        raise ConfigurationError(
            f"there are no patterns of bits for type {dtype!r}; choose one of: {', '.join(FLOATS)}"
        )
    if pattern not in PATTERNS:
        raise ConfigurationError(
            f"there is no pattern {pattern!r} of bits; choose one of: {', '.join(PATTERNS)}"
        )
    layout = FLOATS[dtype]
    whole = {16: torch.int16, 32: torch.int32, 64: torch.int64}[layout.size]
    bits = torch.tensor(PATTERNS[pattern](layout), dtype=whole)
    return from_torch(bits.view(torch_dtype(dtype)))


def _both_signs(layout: Layout, exponent_ones: bool, *mantissas: int) -> list[int]:
    return [
        layout.bits(negative, exponent_ones, mantissa)
        for negative in (False, True)
        for mantissa in mantissas
    ]


def _quiet_nans(layout: Layout) -> list[int]:
    quiet = 1 << (layout.mantissa - 1)
    return _both_signs(layout, True, quiet, quiet | 1, quiet | 0x15, 2 * quiet - 1)


def _signalling_nans(layout: Layout) -> list[int]:
    quiet = 1 << (layout.mantissa - 1)
    return _both_signs(layout, True, 1, 0x15, quiet - 1)


def _subnormals(layout: Layout) -> list[int]:
    return _both_signs(layout, False, 1, 2, (1 << layout.mantissa) - 1)


PATTERNS: dict[str, Callable[[Layout], list[int]]] = {
    "infinities": lambda layout: _both_signs(layout, True, 0),
    "zeros of both signs": lambda layout: _both_signs(layout, False, 0),
    "the smallest numbers": _subnormals,
    "quiet NaNs with payloads": _quiet_nans,
    "signalling NaNs": _signalling_nans,
}
"""The function that returns the bits of the numbers with each pattern, by the pattern's name in features."""

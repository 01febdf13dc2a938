"""Tensors that are the same but for rounding."""

from __future__ import annotations

from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.systems.skytorch.tensors.matchers.base import TensorMatcher
from maidenhair.systems.skytorch.tensors.matchers.comparison import (
    bitwise_different,
    described,
    imported_torch,
    is_whole,
    wide,
)

RELATIVE, ABSOLUTE = 1e-5, 1e-8
"""What torch.allclose allows; low precision needs more: float16 has a relative step of 1e-3."""


def close_tensor(
    expected: Any, rtol: float = RELATIVE, atol: float = ABSOLUTE, equal_nan: bool = False
) -> BaseMatcher[Any]:
    """Match a tensor of the same element type and shape whose elements are close to the expected ones.

    Close is |actual - expected| <= atol + rtol * |expected|, reckoned in float64; infinities are close to themselves.

    Args:
        expected: a torch tensor of any device, or a TensorData.
        rtol: by how much of the expected element an element may differ.
        atol: by how much more it may differ in any case.
        equal_nan: whether a NaN is close to a NaN; if not, to nothing.

    Raises:
        ValueError: a tolerance is negative, or no number.
    """
    return CloseTensor(expected, rtol, atol, equal_nan)


class CloseTensor(TensorMatcher):
    """Matches a tensor that is the same but for rounding."""

    def __init__(self, expected: Any, rtol: float, atol: float, equal_nan: bool) -> None:
        if not (rtol >= 0 and atol >= 0):
            raise ValueError(f"tolerances are not negative, as of rtol {rtol:g} and atol {atol:g}")
        super().__init__(expected)
        self._rtol = rtol
        self._atol = atol
        self._equal_nan = equal_nan

    def describe_to(self, description: Description) -> None:
        """Tell what is expected."""
        nan = ", NaN close to NaN" if self._equal_nan else ""
        description.append_text(
            f"a tensor close (rtol {self._rtol:g}, atol {self._atol:g}{nan}) "
            f"to the {described(self._expected)}"
        )

    def _different(self, actual: Any, expected: Any) -> Any:
        if is_whole(actual) and not self._rtol and not self._atol:
            # As float64, large whole numbers next to each other are the same.
            return bitwise_different(actual, expected)
        return ~imported_torch().isclose(
            wide(actual), wide(expected), self._rtol, self._atol, self._equal_nan
        )

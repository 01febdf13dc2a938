"""A matcher of tensors that are equal within a tolerance."""

from __future__ import annotations

from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.systems.skytorch.tensors.matchers.base import TensorMatcher
from maidenhair.systems.skytorch.tensors.matchers.comparison import (
    bitwise_different,
    describe,
    imported_torch,
    is_whole,
    wide,
)

RELATIVE, ABSOLUTE = 1e-5, 1e-8
"""The tolerances of torch.allclose. Types of low precision need more: float16 has a relative step of 1e-3."""


def close_tensor(
    expected: Any, rtol: float = RELATIVE, atol: float = ABSOLUTE, equal_nan: bool = False
) -> BaseMatcher[Any]:
    """Match a tensor of the same element type and shape whose elements are close to the expected ones.

    An element is close if |actual - expected| <= atol + rtol * |expected|, computed in float64. An infinity is close
    to itself.

    Args:
        expected: a torch tensor on any device, or a TensorData.
        rtol: the relative tolerance.
        atol: the absolute tolerance.
        equal_nan: whether a NaN is close to a NaN. A NaN is never close to a number.

    Raises:
        ValueError: a tolerance is negative or NaN.
    """
    return CloseTensor(expected, rtol, atol, equal_nan)


class CloseTensor(TensorMatcher):
    """Matches a tensor that is equal within a tolerance. See `close_tensor`."""

    def __init__(self, expected: Any, rtol: float, atol: float, equal_nan: bool) -> None:
        if not (rtol >= 0 and atol >= 0):
            raise ValueError(
                f"rtol is {rtol:g} and atol is {atol:g}; choose tolerances of 0 or more"
            )
        super().__init__(expected)
        self._rtol = rtol
        self._atol = atol
        self._equal_nan = equal_nan

    def describe_to(self, description: Description) -> None:
        """Describe the expected tensor and the tolerances."""
        nan = ", NaN close to NaN" if self._equal_nan else ""
        description.append_text(
            f"a tensor close (rtol {self._rtol:g}, atol {self._atol:g}{nan}) "
            f"to the {describe(self._expected)}"
        )

    def _different(self, actual: Any, expected: Any) -> Any:
        if is_whole(actual) and not self._rtol and not self._atol:
            # float64 cannot represent all large whole numbers, so neighbours would compare as equal.
            return bitwise_different(actual, expected)
        return ~imported_torch().isclose(
            wide(actual), wide(expected), self._rtol, self._atol, self._equal_nan
        )

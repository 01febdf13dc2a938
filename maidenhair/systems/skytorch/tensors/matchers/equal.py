"""Tensors that are the same to the last bit."""

from __future__ import annotations

from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.systems.skytorch.tensors.matchers.base import TensorMatcher
from maidenhair.systems.skytorch.tensors.matchers.comparison import bitwise_different, described
from maidenhair.systems.skytorch.tensors.values.data import TensorData


def equal_tensor(expected: Any) -> BaseMatcher[Any]:
    """Match a tensor of the same element type and shape, and bit for bit the same elements.

    A NaN equals one of the same bits, and 0.0 is not -0.0; `close_tensor` compares as numbers.

    Args:
        expected: a torch tensor of any device, or a TensorData; either may be compared with either.
    """
    return EqualTensor(expected)


class EqualTensor(TensorMatcher):
    """Matches a tensor that is the same to the last bit."""

    def _matches(self, item: Any) -> bool:
        if isinstance(item, TensorData) and isinstance(self._expected, TensorData):
            # As they are, which needs no torch.
            return item == self._expected
        return super()._matches(item)

    def describe_to(self, description: Description) -> None:
        """Tell what is expected."""
        description.append_text(f"a tensor equal, bit for bit, to the {described(self._expected)}")

    def _different(self, actual: Any, expected: Any) -> Any:
        return bitwise_different(actual, expected)

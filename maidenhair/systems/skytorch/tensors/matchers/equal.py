"""A matcher of tensors that are equal bit for bit."""

from __future__ import annotations

from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.systems.skytorch.tensors.matchers.base import TensorMatcher
from maidenhair.systems.skytorch.tensors.matchers.comparison import bitwise_different, describe
from maidenhair.systems.skytorch.tensors.values.data import TensorData


def equal_tensor(expected: Any) -> BaseMatcher[Any]:
    """Match a tensor of the same element type and shape whose elements are equal bit for bit.

    A NaN equals a NaN with the same bits, and 0.0 differs from -0.0. `close_tensor` compares elements as numbers.

    Args:
        expected: a torch tensor on any device, or a TensorData. The matched item may be either, too.
    """
    return EqualTensor(expected)


class EqualTensor(TensorMatcher):
    """Matches a tensor that is equal bit for bit. See `equal_tensor`."""

    def _matches(self, item: Any) -> bool:
        if isinstance(item, TensorData) and isinstance(self._expected, TensorData):
            # Comparing their bytes needs no torch.
            return item == self._expected
        return super()._matches(item)

    def describe_to(self, description: Description) -> None:
        """Describe the expected tensor."""
        description.append_text(f"a tensor equal, bit for bit, to the {describe(self._expected)}")

    def _different(self, actual: Any, expected: Any) -> Any:
        return bitwise_different(actual, expected)

"""Tensors that are the same to the last bit."""

from __future__ import annotations

from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.tensors.data import TensorData
from maidenhair.tensors.matchers.comparison import (
    bitwise_different,
    described,
    is_tensor,
    on_cpu,
    told_elements,
    told_form,
)


def equal_tensor(expected: Any) -> BaseMatcher[Any]:
    """Match a tensor of the same element type and shape, and bit for bit the same elements.

    A NaN equals one of the same bits, and 0.0 is not -0.0; `close_tensor` compares as numbers.

    Args:
        expected: a torch tensor of any device, or a TensorData; either may be compared with either.
    """
    return EqualTensor(expected)


class EqualTensor(BaseMatcher[Any]):
    """Matches a tensor that is the same to the last bit."""

    def __init__(self, expected: Any) -> None:
        self._expected = expected

    def _matches(self, item: Any) -> bool:
        if isinstance(item, TensorData) and isinstance(self._expected, TensorData):
            return item == self._expected
        if not is_tensor(item) or told_form(item, self._expected):
            return False
        return not bitwise_different(on_cpu(item), on_cpu(self._expected)).any()

    def describe_to(self, description: Description) -> None:
        """Tell what is expected."""
        description.append_text(f"a tensor equal, bit for bit, to the {described(self._expected)}")

    def describe_mismatch(self, item: Any, mismatch_description: Description) -> None:
        """Tell in what it differs: element type, shape, or where first and by how much."""
        if not is_tensor(item):
            mismatch_description.append_text(f"was {item!r}, which is no tensor")
            return
        text = told_form(item, self._expected)
        if text is None:
            actual, expected = on_cpu(item), on_cpu(self._expected)
            text = told_elements(actual, expected, bitwise_different(actual, expected))
        mismatch_description.append_text(text)

    def describe_match(self, item: Any, match_description: Description) -> None:
        """Tell the tensor."""
        match_description.append_text(f"was the {described(item)}")

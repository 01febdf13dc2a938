"""The base class of tensor matchers, which compare type and shape first, then the elements."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.systems.skytorch.tensors.matchers.comparison import (
    describe,
    element_difference,
    form_difference,
    is_tensor,
    on_cpu,
)


class TensorMatcher(BaseMatcher[Any]):
    """Matches a tensor of the same type and shape, of which no element differs.

    Args:
        expected: a torch tensor on any device, or a TensorData.
    """

    def __init__(self, expected: Any) -> None:
        self._expected = expected

    @abstractmethod
    def _different(self, actual: Any, expected: Any) -> Any:
        """Return a mask of the elements that differ.

        Args:
            actual: a torch tensor on the CPU.
            expected: a torch tensor on the CPU, of the same type and shape.
        """

    def _matches(self, item: Any) -> bool:
        if not is_tensor(item) or form_difference(item, self._expected):
            return False
        return not self._different(on_cpu(item), on_cpu(self._expected)).any()

    def describe_mismatch(self, item: Any, mismatch_description: Description) -> None:
        """Describe the difference: the element type, the shape, or the first and the largest differing element."""
        if not is_tensor(item):
            mismatch_description.append_text(f"was {item!r}, which is not a tensor")
            return
        text = form_difference(item, self._expected)
        if text is None:
            actual, expected = on_cpu(item), on_cpu(self._expected)
            text = element_difference(actual, expected, self._different(actual, expected))
        mismatch_description.append_text(text)

    def describe_match(self, item: Any, match_description: Description) -> None:
        """Describe the tensor."""
        match_description.append_text(f"was the {describe(item)}")

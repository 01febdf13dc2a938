"""What the matchers of tensors share: form first, then the elements that differ."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.systems.skytorch.tensors.matchers.comparison import (
    described,
    is_tensor,
    on_cpu,
    told_elements,
    told_form,
)


class TensorMatcher(BaseMatcher[Any]):
    """Matches a tensor of the same form none of whose elements is different.

    Args:
        expected: a torch tensor of any device, or a TensorData.
    """

    def __init__(self, expected: Any) -> None:
        self._expected = expected

    @abstractmethod
    def _different(self, actual: Any, expected: Any) -> Any:
        """Return which elements differ, as a mask, of two torch tensors on the CPU that have one form."""

    def _matches(self, item: Any) -> bool:
        if not is_tensor(item) or told_form(item, self._expected):
            return False
        return not self._different(on_cpu(item), on_cpu(self._expected)).any()

    def describe_mismatch(self, item: Any, mismatch_description: Description) -> None:
        """Tell in what it differs: element type, shape, or where first and by how much."""
        if not is_tensor(item):
            mismatch_description.append_text(f"was {item!r}, which is no tensor")
            return
        text = told_form(item, self._expected)
        if text is None:
            actual, expected = on_cpu(item), on_cpu(self._expected)
            text = told_elements(actual, expected, self._different(actual, expected))
        mismatch_description.append_text(text)

    def describe_match(self, item: Any, match_description: Description) -> None:
        """Tell the tensor."""
        match_description.append_text(f"was the {described(item)}")

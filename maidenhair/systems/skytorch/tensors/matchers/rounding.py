"""A matcher of tensors that are equal except for rounding, in units in the last place."""

from __future__ import annotations

from typing import Any

from hamcrest.core.base_matcher import BaseMatcher

from maidenhair.systems.skytorch.tensors.matchers.close import close_tensor
from maidenhair.systems.skytorch.tensors.matchers.comparison import imported_torch, is_whole, on_cpu
from maidenhair.systems.skytorch.tensors.matchers.equal import equal_tensor
from maidenhair.systems.skytorch.tensors.values.conversion import torch_dtype
from maidenhair.systems.skytorch.tensors.values.data import TensorData


def rounded_tensor(expected: TensorData, units: int, of_largest: bool = False) -> BaseMatcher[Any]:
    """Match a tensor of the same type and shape whose elements differ by few units in the last place.

    A unit in the last place of a number is the type's precision (torch's `eps`, 2**-23 for float32) times the number.
    Whole numbers and truth values must be equal, because they are not rounded. A NaN is close to a NaN.

    Args:
        expected: the tensor to compare with.
        units: the maximum difference of an element, in units in the last place.
        of_largest: whether to use the unit of the largest element for all elements. Sums of numbers of both signs
            need this, because a sum can be much smaller than the rounded numbers.
    """
    elements = on_cpu(expected)
    if is_whole(elements) or not elements.numel():
        return equal_tensor(expected)
    limits = imported_torch().finfo(torch_dtype(expected.dtype))
    tolerance = units * limits.eps
    if of_largest:
        largest = float(elements.abs().double().nan_to_num(0.0, 0.0, 0.0).max())
        return close_tensor(expected, rtol=0, atol=tolerance * largest, equal_nan=True)
    return close_tensor(expected, rtol=tolerance, atol=limits.tiny, equal_nan=True)

"""Tensors by the layout of their elements in memory."""

from __future__ import annotations

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors.values.layouts import LAYOUTS, laid_out, torch_tensor
from tests.conftest import imported

torch = imported("torch")

SCATTERED = [
    "is transposed",
    "is every second column of a larger one",
    "begins in the middle of a larger one",
    "repeats one row",
    "has its channels last",
]


@pytest.mark.parametrize("layout", SCATTERED)
def test_elements_are_not_contiguous(layout: str) -> None:
    assert not laid_out(layout).is_contiguous()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_the_same_each_time(layout: str) -> None:
    assert torch.equal(laid_out(layout), laid_out(layout))


def test_a_slice_has_an_offset() -> None:
    assert laid_out("begins in the middle of a larger one").storage_offset() > 0


def test_a_single_byte_is_one() -> None:
    assert laid_out("has a single byte").untyped_storage().nbytes() == 1


def test_an_unknown_layout_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(
        ConfigurationError, match="'is round' of tensors; choose one of: is a single number, "
    ):
        laid_out("is round")


@pytest.mark.parametrize("layout", SCATTERED)
def test_a_torch_tensor_of_a_layout_has_the_type_that_is_named(layout: str) -> None:
    tensor = torch_tensor("float64", layout)

    assert tensor.dtype == torch.float64
    assert torch.equal(tensor, laid_out(layout).double())


def test_a_torch_tensor_holds_the_numbers_that_are_named() -> None:
    assert torch_tensor("bfloat16", "holds infinities").isinf().all()
    assert torch_tensor("float64", "holds signalling NaNs").isnan().all()

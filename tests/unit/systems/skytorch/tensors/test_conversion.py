"""Between torch tensors and tensors on their way."""

from __future__ import annotations

import pytest

from maidenhair.systems.skytorch.tensors import (
    TensorData,
    converted_to,
    from_torch,
    sample,
    to_torch,
)
from maidenhair.systems.skytorch.tensors.values.conversion import sample_or_zeros
from tests.conftest import imported
from tests.unit.systems.skytorch.tensors.tensors import TENSORS

torch = imported("torch")


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_survives_the_conversion(name: str) -> None:
    original = TENSORS[name]

    copy = to_torch(from_torch(original))

    assert copy.dtype == original.dtype
    assert copy.shape == original.shape
    assert from_torch(copy) == from_torch(original)


def test_a_contiguous_tensor_is_not_copied() -> None:
    tensor = torch.zeros(4, dtype=torch.uint8)
    data = from_torch(tensor)

    tensor[2] = 9

    assert bytes(data.data) == b"\0\0\x09\0"


def test_numbers_are_converted_to_another_type() -> None:
    halves = from_torch(torch.tensor([1.5, -2.5]))

    assert to_torch(converted_to(halves, "int64")).tolist() == [1, -2]


def test_a_sample_of_truth_values_has_no_other_bytes() -> None:
    assert set(sample((50,), "bool").data) == {0, 1}


def test_an_unknown_element_type_is_refused() -> None:
    with pytest.raises(ValueError, match="no element type named 'float33'"):
        to_torch(TensorData("float33", (1,), memoryview(bytes(4))))


def test_memory_that_can_be_written_to_is_shared() -> None:
    memory = bytearray(3)
    tensor = to_torch(TensorData("uint8", (3,), memoryview(memory)))

    memory[1] = 7

    assert tensor.tolist() == [0, 7, 0]


def test_memory_that_cannot_be_written_to_is_copied() -> None:
    tensor = to_torch(TensorData("uint8", (2,), memoryview(b"ab")))

    tensor[0] = 0

    assert tensor.tolist() == [0, ord("b")]


def test_a_type_that_torch_does_not_have_gets_zeros() -> None:
    assert sample_or_zeros((2,), "float33").data.tobytes() == b"\0\0"
    assert sample_or_zeros((2,), "float32") == sample((2,), "float32")

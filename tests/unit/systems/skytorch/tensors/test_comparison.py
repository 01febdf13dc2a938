"""The matchers of tensors: matches, mismatches and descriptions."""

from __future__ import annotations

from typing import Any

import pytest
from hamcrest.core.matcher import Matcher

from maidenhair.systems.skytorch.tensors import from_torch
from maidenhair.systems.skytorch.tensors.matchers import close_tensor, equal_tensor, rounded_tensor
from tests.conftest import imported
from tests.unit.matching import description_of, mismatch_of

torch = imported("torch")

NAN = float("nan")
SOME = torch.arange(12, dtype=torch.float32).reshape(3, 4)


def floats(*values: float) -> Any:
    return torch.tensor(values, dtype=torch.float32)


def changed(tensor: Any, **values: float) -> Any:
    """Return a copy of a tensor with elements changed, named by their position, as in `e5=…`."""
    copy = tensor.clone()
    for name, value in values.items():
        copy.view(-1)[int(name[1:])] = value
    return copy


@pytest.mark.parametrize(
    "tensor",
    [
        SOME,
        SOME.t(),
        floats(NAN, 0.0, -0.0),
        torch.empty(0, 3),
        torch.tensor(7),
        torch.tensor([True, False]),
        torch.linspace(-1, 1, 5).to(torch.bfloat16),
        torch.tensor([1 + 2j, 3j]),
        torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn),
        torch.tensor([1, 65535], dtype=torch.uint16),
    ],
    ids=lambda tensor: f"{tensor.dtype}-{list(tensor.shape)}",
)
def test_a_tensor_equals_its_copy_in_either_form(tensor: Any) -> None:
    sent = from_torch(tensor)
    for expected in (tensor.clone(), sent):
        assert equal_tensor(expected).matches(tensor)
        assert equal_tensor(expected).matches(sent)
        assert close_tensor(expected, equal_nan=True).matches(tensor)
        assert close_tensor(expected, 0, 0, equal_nan=True).matches(sent)


@pytest.mark.parametrize(
    ("expected", "actual", "mismatch"),
    [
        (
            SOME,
            changed(SOME, e6=8.5, e11=-1.0),
            "2 of 12 elements differed, first at [1, 2]: 8.5, expected 6; "
            "the largest difference was 12, at [2, 3]",
        ),
        (
            SOME,
            SOME.double().t(),
            "its dtype was float64, expected float32; its shape was [4, 3], expected [3, 4]",
        ),
        (
            floats(0.0),
            floats(-0.0),
            "1 of 1 elements differed, first at [0]: -0, expected 0; "
            "the largest difference was 0, at [0]",
        ),
        (
            floats(NAN),
            torch.tensor([0x7FC12345], dtype=torch.int32).view(torch.float32),
            "1 of 1 elements differed, first at [0]: nan (bits 7fc12345), "
            "expected nan (bits 7fc00000)",
        ),
        (
            torch.tensor([True, False]),
            torch.tensor([True, True]),
            "1 of 2 elements differed, first at [1]: True, expected False",
        ),
        (
            torch.tensor(3),
            torch.tensor(5),
            "1 of 1 elements differed, first at []: 5, expected 3; "
            "the largest difference was 2, at []",
        ),
        (torch.tensor(3), [3], "was [3], which is not a tensor"),
    ],
)
def test_a_mismatch_describes_the_difference(expected: Any, actual: Any, mismatch: str) -> None:
    assert mismatch_of(equal_tensor(expected), actual) == mismatch
    if hasattr(actual, "dtype"):
        assert mismatch_of(equal_tensor(from_torch(expected)), from_torch(actual)) == mismatch


@pytest.mark.parametrize(
    ("actual", "tolerances"),
    [
        (floats(1.0, 100.00001), {}),
        (floats(1.0, 101.0), {"rtol": 0.01}),
        (floats(1.5, 100.5), {"atol": 0.5}),
    ],
)
def test_a_tensor_within_the_tolerances_is_close(actual: Any, tolerances: Any) -> None:
    assert close_tensor(floats(1.0, 100.0), **tolerances).matches(actual)


@pytest.mark.parametrize(
    ("matcher", "actual", "mismatch"),
    [
        (
            close_tensor(floats(1.0, 100.0)),
            floats(1.0, 100.5),
            "1 of 2 elements differed, first at [1]: 100.5, expected 100; "
            "the largest difference was 0.5, at [1]",
        ),
        (
            close_tensor(floats(NAN, 1.0)),
            floats(NAN, 1.0),
            "1 of 2 elements differed, first at [0]: nan (bits 7fc00000), "
            "expected nan (bits 7fc00000)",
        ),
        (
            close_tensor(floats(1.0), equal_nan=True),
            floats(float("inf")),
            "1 of 1 elements differed, first at [0]: inf, expected 1; "
            "the largest difference was inf, at [0]",
        ),
        (
            close_tensor(torch.tensor([2**60]), 0, 0),
            torch.tensor([2**60 + 1]),
            f"1 of 1 elements differed, first at [0]: {2**60 + 1}, expected {2**60}; "
            "the largest difference was 1, at [0]",
        ),
        (close_tensor(floats(1.0)), floats(1.0).half(), "its dtype was float16, expected float32"),
        (close_tensor(floats(1.0)), None, "was None, which is not a tensor"),
    ],
)
def test_a_mismatch_of_close_tensors_describes_the_difference(
    matcher: Matcher[Any], actual: Any, mismatch: str
) -> None:
    assert mismatch_of(matcher, actual) == mismatch


def test_the_description_has_the_expected_tensor() -> None:
    few = "float32 tensor of shape [2, 2] [[1, 2], [3, 4]]"
    expected = floats(1.0, 2.0, 3.0, 4.0).reshape(2, 2)
    assert description_of(equal_tensor(expected)) == f"a tensor equal, bit for bit, to the {few}"
    wanted = f"a tensor close (rtol 0.1, atol 0, NaN close to NaN) to the {few}"
    assert description_of(close_tensor(expected, 0.1, 0, equal_nan=True)) == wanted
    assert description_of(equal_tensor(SOME)).endswith("to the float32 tensor of shape [3, 4]")


def test_a_negative_tolerance_is_refused() -> None:
    with pytest.raises(
        ValueError, match="rtol is -1 and atol is 0; choose tolerances of 0 or more"
    ):
        close_tensor(SOME, -1, 0)


STEP = 2.0**-23


def test_rounding_is_measured_in_units_in_the_last_place() -> None:
    expected = from_torch(floats(1.0, -4.0, 0.0, NAN))

    assert rounded_tensor(expected, 2).matches(floats(1 + 2 * STEP, -4 * (1 - STEP), 0.0, NAN))
    assert not rounded_tensor(expected, 2).matches(floats(1 + 3 * STEP, -4.0, 0.0, NAN))


def test_the_rounding_of_a_small_element_may_be_that_of_the_largest() -> None:
    expected, rounded = from_torch(floats(8.0, 1e-6)), floats(8.0, 1e-6 + 8 * STEP)

    assert rounded_tensor(expected, 2, of_largest=True).matches(rounded)
    assert not rounded_tensor(expected, 2).matches(rounded)


def test_precision_is_that_of_the_type() -> None:
    expected = from_torch(torch.ones(1, dtype=torch.bfloat16))

    assert rounded_tensor(expected, 1).matches(torch.full((1,), 1 + 2.0**-7).bfloat16())
    assert not rounded_tensor(expected, 1).matches(torch.full((1,), 1 + 2.0**-6).bfloat16())


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool])
def test_whole_numbers_are_not_rounded(dtype: Any) -> None:
    expected = torch.tensor([1, 0], dtype=dtype)

    assert rounded_tensor(from_torch(expected), 9).matches(expected)
    assert not rounded_tensor(from_torch(expected), 9).matches(expected.flip(0))


def test_a_tensor_without_elements_is_close_to_its_like() -> None:
    assert rounded_tensor(from_torch(torch.empty(0, 3)), 1, of_largest=True).matches(
        torch.empty(0, 3)
    )

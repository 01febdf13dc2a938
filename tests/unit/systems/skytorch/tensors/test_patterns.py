"""Numbers whose bits are easily lost."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors import to_torch
from maidenhair.systems.skytorch.tensors.values.patterns import FLOATS, PATTERNS, pattern_of
from tests.conftest import imported

torch = imported("torch")


def numbers(dtype: str, pattern: str) -> Any:
    return to_torch(pattern_of(dtype, pattern))


@pytest.mark.parametrize("dtype", FLOATS)
class TestEachType:
    def test_a_pattern_has_the_type(self, dtype: str) -> None:
        assert numbers(dtype, "infinities").dtype == getattr(torch, dtype)

    def test_infinities_are_two(self, dtype: str) -> None:
        assert numbers(dtype, "infinities").tolist() == [float("inf"), float("-inf")]

    def test_zeros_differ_by_their_sign(self, dtype: str) -> None:
        zeros = numbers(dtype, "zeros of both signs")

        assert zeros.tolist() == [0.0, 0.0]
        assert torch.signbit(zeros).tolist() == [False, True]

    def test_the_smallest_numbers_are_subnormal(self, dtype: str) -> None:
        smallest = numbers(dtype, "the smallest numbers").double().abs()

        assert (smallest > 0).all()
        assert (smallest < torch.finfo(getattr(torch, dtype)).tiny).all()

    @pytest.mark.parametrize("pattern", ["quiet NaNs with payloads", "signalling NaNs"])
    def test_nans_are_nans_of_different_bits(self, dtype: str, pattern: str) -> None:
        data = pattern_of(dtype, pattern)
        size = len(data.data) // data.shape[0]
        each = {bytes(data.data[at : at + size]) for at in range(0, len(data.data), size)}

        assert numbers(dtype, pattern).isnan().all()
        assert len(each) == data.shape[0]


def test_nans_are_quiet_or_signalling_by_the_highest_bit_of_the_mantissa() -> None:
    quiet = pattern_of("float32", "quiet NaNs with payloads").data.cast("I")
    signalling = pattern_of("float32", "signalling NaNs").data.cast("I")

    assert all(bits & 0x00400000 for bits in quiet)
    assert not any(bits & 0x00400000 for bits in signalling)


def test_an_unknown_pattern_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(
        ConfigurationError, match="'round numbers' of bits; choose one of: infinities, "
    ):
        pattern_of("float32", "round numbers")


def test_a_type_without_patterns_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match="no patterns of bits for type 'int8'; choose one of: float64, "
    ):
        pattern_of("int8", "infinities")


def test_every_pattern_exists_in_every_type() -> None:
    assert all(numbers(dtype, pattern).numel() for dtype in FLOATS for pattern in PATTERNS)

"""Operators in features: their arguments, their operands, and torch's functions for them."""

from __future__ import annotations

from typing import Any, cast

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors import OwnTensors, TensorClient
from maidenhair.systems.skytorch.tensors.operators import (
    OPERATORS,
    Name,
    compute,
    operator_named,
    parse_arguments,
)
from maidenhair.systems.skytorch.tensors.operators.arguments import TypeName
from maidenhair.systems.skytorch.tensors.operators.catalogue import OUT_OPERATORS
from maidenhair.systems.skytorch.tensors.operators.operands import OPERANDS, operand
from tests.conftest import imported

torch = imported("torch")


def test_arguments_are_numbers_words_lists_and_names_of_operands() -> None:
    read = parse_arguments("another matrix, -2, 0.5, true, none, [matrix, [1, 2]], dtype=float64")

    assert read.positional == (
        Name("another matrix"), -2, 0.5, True, None, [Name("matrix"), [1, 2]],
    )  # fmt: skip
    assert read.keywords == {"dtype": TypeName("float64")}


def test_no_arguments_are_none() -> None:
    assert parse_arguments("").positional == ()


def test_whole_numbers_are_not_read_as_others() -> None:
    assert [type(value) for value in parse_arguments("1, 1.0").positional] == [int, float]


def test_arguments_are_replaced_in_lists_too() -> None:
    positional, keywords = parse_arguments("[matrix, 1], out=vector").replaced(
        lambda value: value.text if isinstance(value, Name) else value
    )

    assert positional == [["matrix", 1]]
    assert keywords == {"out": "vector"}


@pytest.mark.parametrize("text", ["matrix, [1, 2", "matrix, 1]"])
def test_a_bracket_without_its_counterpart_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="a bracket without its counterpart"):
        parse_arguments(text)


def test_a_comma_without_a_value_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no value beside a comma"):
        parse_arguments("matrix, , 1")


@pytest.mark.parametrize("name", OPERANDS)
def test_an_operand_is_the_same_each_time(name: str) -> None:
    first, second = operand(name, "float32"), operand(name, "float32")

    assert torch.equal(first.nan_to_num(), second.nan_to_num())


def test_operands_of_other_names_have_other_elements() -> None:
    assert not torch.equal(operand("matrix", "float32"), operand("another matrix", "float32"))


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "complex64", "int64", "uint8", "bool"])
def test_an_operand_has_the_requested_type(dtype: str) -> None:
    assert operand("matrix", dtype).dtype == getattr(torch, dtype)


def test_numbers_of_different_precision_differ_only_by_rounding() -> None:
    rounded = operand("matrix", "float64").float()

    assert torch.equal(operand("matrix", "float32"), rounded)


def test_an_unknown_operand_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(ConfigurationError, match="'cube'; choose one of: vector, "):
        operand("cube", "float32")


@pytest.mark.parametrize("name", OPERATORS)
def test_torch_has_each_operator_under_both_names(name: str) -> None:
    operator = operator_named(name)
    namespace, packet, overload = operator.aten.split(".")

    assert callable(operator.here())
    assert overload in getattr(getattr(torch.ops, namespace), packet).overloads()


@pytest.mark.parametrize("name", OUT_OPERATORS)
def test_an_operator_with_out_has_an_overload_with_out(name: str) -> None:
    _, packet, overload = operator_named(name, with_out=True).aten.split(".")
    schema = getattr(getattr(torch.ops.aten, packet), overload)._schema

    assert "out" in [argument.name for argument in schema.arguments]


def test_the_name_of_an_operator_shows_whether_it_changes_its_operand() -> None:
    assert operator_named("add_").changes_operand
    assert not operator_named("add").changes_operand


def test_an_unknown_operator_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(ConfigurationError, match="no operator 'frobnicate'; choose one of: abs, "):
        operator_named("frobnicate")


def test_an_operator_without_an_overload_with_out_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no operator 'cat' with out; "):
        operator_named("cat", with_out=True)


class Recorder:
    """A fake client that records the operators and computes each of them."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def write(self, *arguments: Any, **others: Any) -> None:
        pass

    def execute(self, aten: str, *arguments: Any) -> None:
        self.sent.append(aten)


@pytest.mark.parametrize(
    ("operator", "arguments", "sent"),
    [
        ("mm", "matrix, another matrix", "aten.mm.default"),
        ("add", "matrix", "aten.add.Tensor"),
        ("add", "matrix, unwritten tensor", "aten.add.Tensor"),
        ("select", "matrix, 1, 9", "aten.select.int"),
        ("aten.frobnicate.default", "matrix", "aten.frobnicate.default"),
    ],
)
def test_a_server_that_computes_what_torch_refuses_is_reported(
    operator: str, arguments: str, sent: str
) -> None:
    recorder = Recorder()
    tensors = OwnTensors(cast(TensorClient, cast(Any, recorder)))

    with pytest.raises(AssertionError, match=f"the server computed {operator}"):
        compute(tensors, operator, arguments, "float32")

    assert recorder.sent == [sent]

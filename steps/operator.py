"""Steps that compute torch's operators on a Compute, and compare the returned tensors with those computed locally."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from behave import register_type, then, when
from hamcrest import assert_that
from parse import with_pattern

from maidenhair.errors import TransferError
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.skytorch.tensors import TensorData
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor, rounded_tensor
from maidenhair.systems.skytorch.tensors.operators import compute
from maidenhair.systems.skytorch.tensors.quantising import quantise


@with_pattern(r"[\w.]+")
def parse_operator(text: str) -> str:
    """Read an operator such as "add" or "aten.add.Tensor"."""
    return text


@with_pattern(r"\w+(?:, \w+)*")
def parse_types(text: str) -> list[str]:
    """Read element types such as "float32, int64"."""
    return text.split(", ")


register_type(Operator=parse_operator, Types=parse_types)


@when("{operator:Operator}({arguments}) is computed on the Compute in {types:Types}")
def compute_on_server(context: Any, operator: str, arguments: str, types: list[str]) -> None:
    context.outcome = attempt(
        lambda: [compute(context.tensors, operator, arguments, dtype) for dtype in types],
        TransferError,
    )


@when("a matrix is quantised on the Compute and locally")
def quantise_matrix(context: Any) -> None:
    context.outcome = attempt(lambda: [quantise(context.tensors)], TransferError)


@then("the returned tensors equal the local ones, bit for bit")
def returned_are_equal(context: Any) -> None:
    for title, returned, local in returned_tensors(context):
        assert_that(returned, equal_tensor(local), title)


@then("the returned tensors are within {units:d} units in the last place of the local ones")
def returned_are_rounded(context: Any, units: int) -> None:
    for title, returned, local in returned_tensors(context):
        assert_that(returned, rounded_tensor(local, units), title)


@then(
    "the returned tensors are within {units:d} units in the last place of their largest local element"
)
def returned_sums_are_rounded(context: Any, units: int) -> None:
    for title, returned, local in returned_tensors(context):
        assert_that(returned, rounded_tensor(local, units, of_largest=True), title)


def returned_tensors(context: Any) -> Iterator[tuple[str, TensorData, TensorData]]:
    """Give the tensors that the last act returned from a Compute: a title, the tensor, and the local one."""
    outcome = outcome_of(context)
    if outcome.error:
        raise AssertionError(f"no tensor was returned: {outcome.error}") from outcome.error
    if not outcome.value:
        raise AssertionError("the last act returned no tensor")
    for computed in outcome.value:
        for returned, local in zip(computed.on_server, computed.here, strict=True):
            yield computed.title, returned, local

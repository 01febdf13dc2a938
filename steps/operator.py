"""Steps that have ATen operators computed on a server, and compare with what this machine computes."""

from __future__ import annotations

from typing import Any

from behave import register_type, then, when
from hamcrest import assert_that
from parse import with_pattern

from maidenhair.errors import TransferError
from maidenhair.suite.outcome import attempt
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor, rounded_tensor
from maidenhair.systems.skytorch.tensors.operators import compute, operator_named, try_on_server


@with_pattern(r"\w+(?:, \w+)*")
def parse_types(text: str) -> list[str]:
    """Read element types such as "float32, int64"."""
    return text.split(", ")


register_type(Types=parse_types)


@when("{operator:w}({arguments}) is computed on the server in {types:Types}")
def compute_on_server(context: Any, operator: str, arguments: str, types: list[str]) -> None:
    context.computed = [compute(context.tensors, operator, arguments, dtype) for dtype in types]


@when("{operator:w}({arguments}) is tried on the server in {dtype:w}")
def try_operator(context: Any, operator: str, arguments: str, dtype: str) -> None:
    aten = operator_named(operator).aten
    context.outcome = attempt(
        lambda: try_on_server(context.tensors, aten, arguments, dtype, ["tried"]), TransferError
    )


@when("the operator {aten} is tried on the server")
def try_unknown_operator(context: Any, aten: str) -> None:
    context.outcome = attempt(
        lambda: try_on_server(context.tensors, aten, "matrix", "float32", ["tried"]), TransferError
    )


@then("the results equal those computed here bit for bit")
def results_are_equal(context: Any) -> None:
    for computed in context.computed:
        for on_server, here in zip(computed.on_server, computed.here, strict=True):
            assert_that(on_server, equal_tensor(here), computed.title)


@then("the results are within {units:d} units in the last place of those computed here")
def results_are_rounded(context: Any, units: int) -> None:
    for computed in context.computed:
        for on_server, here in zip(computed.on_server, computed.here, strict=True):
            assert_that(on_server, rounded_tensor(here, units), computed.title)


@then("the results differ by at most {units:d} units in the last place of their largest element")
def results_are_rounded_sums(context: Any, units: int) -> None:
    for computed in context.computed:
        for on_server, here in zip(computed.on_server, computed.here, strict=True):
            assert_that(on_server, rounded_tensor(here, units, of_largest=True), computed.title)

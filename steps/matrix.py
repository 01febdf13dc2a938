"""Steps that compute on Computes and compare with what this machine computes."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, not_

from maidenhair.systems.skytorch.tensors.matchers import equal_tensor
from maidenhair.systems.skytorch.workloads.matrix_product import multiply


@when('two matrices of {rows:d} by {columns:d} are multiplied on "{name}"')
def multiply_on_one(context: Any, rows: int, columns: int, name: str) -> None:
    multiply_on(context, [name], rows, columns)


@when(
    "two matrices of {rows:d} by {columns:d} are multiplied "
    'on "{first}" and on "{second}" at the same time'
)
def multiply_on_two(context: Any, rows: int, columns: int, first: str, second: str) -> None:
    multiply_on(context, [first, second], rows, columns)


@then("the product equals the one computed here")
@then("each product equals the one computed here")
def products_are_equal(context: Any) -> None:
    assert_that(context.products, not_([]), "the products")
    for product in context.products:
        assert_that(
            product.remote, equal_tensor(product.local), f"computed on {product.computed_on}"
        )


def multiply_on(context: Any, names: list[str], rows: int, columns: int) -> None:
    computes = {name: context.skytorch.computes[name] for name in names}
    context.products = multiply(context.skytorch.sdk, computes, rows, columns)

"""Steps about matrix products that Computes and this machine compute."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that

from maidenhair.systems.skytorch.tensors.matchers import equal_tensor
from maidenhair.systems.skytorch.workloads.matrix_product import multiply


@when("two matrices of {rows:d} by {columns:d} are multiplied on {names:Computes}")
def multiply_on(context: Any, rows: int, columns: int, names: list[str]) -> None:
    computes = {name: context.skytorch.computes[name] for name in names}
    products = multiply(context.skytorch.sdk, computes, rows, columns)
    context.products = {each.computed_on: each for each in products}


@then('the product from Compute "{name}" equals the local product')
def product_is_equal(context: Any, name: str) -> None:
    product = context.products[name]
    assert_that(product.remote, equal_tensor(product.local), f"the product from Compute {name}")

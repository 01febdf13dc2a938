"""Steps about views, tensors that have some of another's elements."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that

from maidenhair.tensors import sample
from maidenhair.tensors.matchers import equal_tensor
from maidenhair.tensors.views import Column


@given('a view of column {column:d} of "{name}"')
def be_a_view(context: Any, column: int, name: str) -> None:
    context.view = Column(context.tensors, "view", name, column - 1)


@given("the view was read")
def be_read(context: Any) -> None:
    context.view.read()


@when("a tensor is written through the view")
def write_through_view(context: Any) -> None:
    expected = context.view.expected()
    context.through = sample(expected.shape, expected.dtype, seed=8)
    context.view.write(context.through)


@then('"{name}" has it in that column, and its other elements as they were')
def base_has_it(context: Any, name: str) -> None:
    expected = context.view.base_after(context.through)
    assert_that(context.tensors.read(name), equal_tensor(expected), f"the tensor {name}")


@then("the view reads back as that column")
def view_reads_back(context: Any) -> None:
    assert_that(context.view.read(), equal_tensor(context.view.expected()), "the view")

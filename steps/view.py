"""Steps about views of tensors on a server."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that

from maidenhair.errors import TransferError
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.skytorch.tensors import TensorLayout, TensorRef, sample
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor
from maidenhair.systems.skytorch.tensors.values.views import view_layout, viewed, with_view_written

VIEW = "view"
GIB = 1024**3
PART = 1000
"""How many bytes are written to a part of a large tensor."""


@given('a view of "{name}" that {shows} was read')
def be_viewed(context: Any, name: str, shows: str) -> None:
    read_view(context, name, shows)
    assert_that(outcome_of(context).value, equal_tensor(context.expected), f"the view of {name}")


@given('a tensor "{name}" of {gib:d} GiB to which nothing was written')
def be_huge(context: Any, name: str, gib: int) -> None:
    import torch

    # Memory that nobody touches is not taken.
    result = TensorRef(context.tensors.id_of(name))
    kwargs = {"dtype": torch.uint8}
    context.client.execute("aten.empty.memory_format", [[gib * GIB]], [result], kwargs)


@when('a view of "{name}" that {shows} is read')
def read_view(context: Any, name: str, shows: str) -> None:
    tensors = context.tensors
    base = tensors.written[name]
    view = view_layout(tensors.id_of(VIEW), tensors.id_of(name), base, shows)
    context.expected = viewed(base, shows)
    context.outcome = attempt(
        lambda: context.client.read(view.tensor_id, base.dtype, layout=view), TransferError
    )


@when('other elements are written to the view of "{name}" that {shows}')
def write_view(context: Any, name: str, shows: str) -> None:
    tensors = context.tensors
    base = tensors.written[name]
    view = view_layout(tensors.id_of(VIEW), tensors.id_of(name), base, shows)
    elements = sample(view.shape, base.dtype, seed=8)
    context.client.write(view.tensor_id, elements, layout=view)
    context.changed = with_view_written(base, shows, elements)


@when('bytes are written to "{name}" from its {place:d}th byte on')
def write_part(context: Any, name: str, place: int) -> None:
    context.expected = sample((PART,), "uint8")
    view = part(context, name, place, "part that is written")
    context.client.write(view.tensor_id, context.expected, layout=view)
    context.part = name, place


@then("they are read back from there")
def part_reads_back(context: Any) -> None:
    name, place = context.part
    view = part(context, name, place, "part that is read")
    read = context.client.read(view.tensor_id, "uint8", layout=view)
    assert_that(read, equal_tensor(context.expected))


@then("it is the same view of what was written")
def view_is_equal(context: Any) -> None:
    assert_that(outcome_of(context).value, equal_tensor(context.expected))


@then("the view can still be read")
def view_is_still_there(context: Any) -> None:
    read = context.tensors.read(VIEW, context.expected.dtype)
    assert_that(read, equal_tensor(context.expected))


@then('the tensor "{name}" has them where the view shows it')
def tensor_has_changed(context: Any, name: str) -> None:
    assert_that(context.tensors.read(name), equal_tensor(context.changed))


def part(context: Any, name: str, place: int, title: str) -> TensorLayout:
    tensors = context.tensors
    number, base = tensors.id_of(f"{title} of {name}"), tensors.id_of(name)
    return TensorLayout(number, "uint8", (PART,), offset=place, view_of=base)

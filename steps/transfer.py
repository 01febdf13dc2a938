"""Steps about many transfers, one after another or at the same time."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that

from maidenhair.systems.skytorch.tensors import sample
from maidenhair.systems.skytorch.tensors.faults import transfer_at_once
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor


@when(
    "{count:d} tensors of type {dtype:w} and shape {shape:Shape} are written and read at the same time"
)
def transfer_many_at_once(context: Any, count: int, dtype: str, shape: tuple[int, ...]) -> None:
    written = {f"stream {i}": sample(shape, dtype, seed=i) for i in range(count)}
    context.read_at_once = transfer_at_once(context.tensors, written)


@then("each of them was read bit for bit")
def each_was_read(context: Any) -> None:
    for name, read in context.read_at_once.items():
        assert_that(read, equal_tensor(context.tensors.written[name]), name)


@when("{count:d} tensors of type {dtype:w} and shape {shape:Shape} are written one after another")
def write_many(context: Any, count: int, dtype: str, shape: tuple[int, ...]) -> None:
    for number in range(count):
        context.tensors.write(f"small {number}", sample(shape, dtype, seed=number))

"""Steps about streams of operations."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that

from maidenhair.systems.skytorch.tensors import (
    TensorLayout,
    TensorRef,
    from_torch,
    sample,
    to_torch,
)
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor


@when("a tensor is written, doubled, copied and deleted in one stream of operations")
def run_session(context: Any) -> None:
    written = sample((1000, 1000), "int32")
    context.doubled = from_torch(to_torch(written) * 2)
    number, copy = context.tensors.id_of("written"), context.tensors.id_of("copy")
    room = TensorLayout(copy, "int32", written.shape, nbytes=written.data.nbytes)
    with context.client.session() as session:
        session.write(number, written)
        session.execute("aten::mul_.Scalar", [TensorRef(number), 2], [TensorRef(number)])
        session.copy(number, copy, create=[room])
        session.delete(number)
        context.copy = session.read(copy, "int32")


@then("the copy that the stream reads is twice what was written")
def copy_is_double(context: Any) -> None:
    assert_that(context.copy, equal_tensor(context.doubled))

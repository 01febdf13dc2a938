"""Steps that send tensors over gRPC, without SkyTorch's SDK."""

from __future__ import annotations

from typing import Any

from behave import given, register_type, then, when
from hamcrest import assert_that
from parse import with_pattern

from maidenhair.errors import TransferError
from maidenhair.skytorch.serving import serving
from maidenhair.tensors import OwnTensors, sample
from maidenhair.tensors.matchers import equal_tensor, has_grpc_status


@with_pattern(r"\d+(?: by \d+)*")
def parse_shape(text: str) -> tuple[int, ...]:
    """Read a shape such as "3 by 4"."""
    return tuple(int(size) for size in text.split(" by "))


register_type(Shape=parse_shape)


@given('a tensor client of "{name}"')
def connect(context: Any, name: str) -> None:
    spec = context.spec
    context.client = spec.cleanups.enter("close the tensor client", serving(spec.view(name)))
    context.tensors = OwnTensors(context.client)


@given("the shared Compute")
def use_shared_compute(context: Any) -> None:
    context.tensors = context.spec.shared_tensors
    context.client = context.tensors.client


@when("a tensor of type {dtype:w} and shape {shape:Shape} is written")
def write(context: Any, dtype: str, shape: tuple[int, ...]) -> None:
    context.written = sample(shape, dtype)
    context.client.write(context.tensors.id_of("written"), context.written)


@then("it reads back bit for bit")
def reads_back(context: Any) -> None:
    read = context.client.read(context.tensors.id_of("written"), context.written.dtype)
    assert_that(read, equal_tensor(context.written))


@when("a tensor that nobody wrote is read")
def read_unwritten(context: Any) -> None:
    context.transfer_error = None
    try:
        context.client.read(context.tensors.id_of("unwritten"), "float32")
    except TransferError as error:
        context.transfer_error = error


@then("the transfer fails with {status:w}")
def transfer_fails(context: Any, status: str) -> None:
    assert_that(context.transfer_error, has_grpc_status(status), "the error of the transfer")

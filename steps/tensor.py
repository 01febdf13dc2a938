"""Steps that send tensors over gRPC, without SkyTorch's SDK."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from behave import given, register_type, then, when
from hamcrest import assert_that, contains_string, equal_to, none
from parse import with_pattern

from maidenhair.errors import TransferError
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.skytorch.stack.readiness import serving
from maidenhair.systems.skytorch.tensors import (
    OwnTensors,
    TensorData,
    converted_to,
    from_torch,
    sample,
)
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor, has_grpc_status
from maidenhair.systems.skytorch.tensors.quantising import QUANTISED, bytes_on_server, quantise
from maidenhair.systems.skytorch.tensors.values.layouts import laid_out
from maidenhair.systems.skytorch.tensors.values.patterns import FLOATS, pattern_of

IT = "it"
"""The name of the tensor of a spec that has only one."""


@with_pattern(r"\d+(?: by \d+)*")
def parse_shape(text: str) -> tuple[int, ...]:
    """Read a shape such as "3 by 4"."""
    return tuple(int(size) for size in text.split(" by "))


register_type(Shape=parse_shape)


@given('a tensor client of "{name}"')
def connect(context: Any, name: str) -> None:
    spec = context.spec
    context.client = spec.cleanups.enter(
        "close the tensor client", serving(context.skytorch.view(name))
    )
    context.tensors = OwnTensors(context.client)


@given("the shared Compute")
def use_shared_compute(context: Any) -> None:
    context.tensors = context.skytorch.shared_tensors
    context.client = context.tensors.client


@given('a tensor "{name}" of type {dtype:w} and shape {shape:Shape} was written')
def be_written(context: Any, name: str, dtype: str, shape: tuple[int, ...]) -> None:
    context.tensors.write(name, sample(shape, dtype, seed=crc32(name.encode())))


@when("a tensor of type {dtype:w} and shape {shape:Shape} is written")
def write(context: Any, dtype: str, shape: tuple[int, ...]) -> None:
    context.tensors.write(IT, sample(shape, dtype))


@when("a tensor that {layout} is written")
def write_laid_out(context: Any, layout: str) -> None:
    context.tensors.write(IT, from_torch(laid_out(layout)))


@when("{pattern} of each type of real numbers are written")
def write_pattern(context: Any, pattern: str) -> None:
    for dtype in FLOATS:
        context.tensors.write(dtype, pattern_of(dtype, pattern))


@when("a tensor of the unknown type {dtype:w} is written")
def write_unknown(context: Any, dtype: str) -> None:
    context.outcome = attempt(
        lambda: context.tensors.write(IT, TensorData(dtype, (1,), memoryview(b"1"))), TransferError
    )


@when('a tensor of type {dtype:w} and shape {shape:Shape} is written to "{name}"')
def overwrite(context: Any, dtype: str, shape: tuple[int, ...], name: str) -> None:
    context.outcome = attempt(
        lambda: context.tensors.write(name, sample(shape, dtype, seed=8)), TransferError
    )


@when("a tensor that nobody wrote is read")
def read_unwritten(context: Any) -> None:
    context.outcome = attempt(lambda: context.tensors.read("unwritten"), TransferError)


@when("a tensor that nobody wrote is deleted")
def delete_unwritten(context: Any) -> None:
    context.outcome = attempt(lambda: context.tensors.delete("unwritten"), TransferError)


@when("it is read")
def read_it(context: Any) -> None:
    read(context, IT)


@when('the tensor "{name}" is read')
def read(context: Any, name: str) -> None:
    context.outcome = attempt(lambda: context.tensors.read(name), TransferError)


@when('the tensor "{name}" is deleted')
def delete(context: Any, name: str) -> None:
    context.tensors.delete(name)


@then("it reads back bit for bit")
def it_reads_back(context: Any) -> None:
    reads_back(context, IT)


@when("its elements are taken as bytes on the server")
def take_as_bytes(context: Any) -> None:
    context.bytes = bytes_on_server(context.tensors, IT)


@then("the bytes are those that were written")
def bytes_are_those_written(context: Any) -> None:
    written = context.tensors.written[IT].data.tobytes()
    assert_that(context.bytes.data.tobytes(), equal_to(written))


@when("a matrix is quantised on the server and here")
def quantise_matrix(context: Any) -> None:
    context.computed = [quantise(context.tensors)]


@when("the quantised matrix is read")
def read_quantised(context: Any) -> None:
    read(context, QUANTISED)


@then("all of them read back bit for bit")
def all_read_back(context: Any) -> None:
    for name in context.tensors.written:
        reads_back(context, name)


@then('the tensor "{name}" reads back bit for bit')
def reads_back(context: Any, name: str) -> None:
    written = context.tensors.written[name]
    assert_that(context.tensors.read(name), equal_tensor(written), f"the tensor {name}")


@then('the tensor "{name}" reads back as the same numbers of type {dtype:w}')
def reads_back_as(context: Any, name: str, dtype: str) -> None:
    converted = converted_to(context.tensors.written[name], dtype)
    assert_that(context.tensors.read(name, dtype), equal_tensor(converted), f"the tensor {name}")


@then("nothing fails")
def nothing_fails(context: Any) -> None:
    assert_that(outcome_of(context).error, none(), "the error of the transfer")


@then("the transfer fails with {status:w}")
def transfer_fails(context: Any, status: str) -> None:
    assert_that(outcome_of(context).error, has_grpc_status(status), "the error of the transfer")


@then("the server refuses it")
def server_refuses(context: Any) -> None:
    # The call itself goes well: the service says in its answer that it failed.
    transfer_fails(context, "OK")


@then('the failure of the transfer tells "{text}"')
def failure_tells(context: Any, text: str) -> None:
    assert_that(str(outcome_of(context).error), contains_string(text))

"""Steps about tensors on a Compute, sent over gRPC without SkyTorch's SDK."""

from __future__ import annotations

from typing import Any, TypeAlias
from zlib import crc32

from behave import given, register_type, then, when
from hamcrest import assert_that, equal_to
from parse import with_pattern

from maidenhair.errors import TransferError
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.skytorch.stack.port_forward import forwarded
from maidenhair.systems.skytorch.stack.readiness import serving
from maidenhair.systems.skytorch.tensors import OwnTensors, from_torch, sample
from maidenhair.systems.skytorch.tensors.acts import transfer_many, write_and_read_part
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor
from maidenhair.systems.skytorch.tensors.quantising import bytes_on_server
from maidenhair.systems.skytorch.tensors.values.conversion import sample_or_zeros
from maidenhair.systems.skytorch.tensors.values.layouts import torch_tensor

Shape: TypeAlias = tuple[int, ...]


@with_pattern(r"\d+(?: by \d+)*")
def parse_shape(text: str) -> Shape:
    """Read a shape such as "3 by 4"."""
    return tuple(int(size) for size in text.split(" by "))


register_type(Shape=parse_shape)


@given('a tensor client of Compute "{name}"')
def connect_to_compute(context: Any, name: str) -> None:
    client = serving(context.skytorch.view(name))
    context.client = context.spec.cleanups.enter("close the tensor client", client)
    context.tensors = OwnTensors(context.client)


@given('a tensor client of Compute "{name}" through a forwarded port')
def connect_through_port(context: Any, name: str) -> None:
    spec = context.spec
    client = forwarded(spec.cluster, context.skytorch.view(name), spec.folder)
    context.client = spec.cleanups.enter("close the forwarded port", client)
    context.tensors = OwnTensors(context.client)


@given("a tensor client of the shared Compute")
def connect_to_shared_compute(context: Any) -> None:
    context.tensors = context.skytorch.shared_tensors
    context.client = context.tensors.client


@given('a tensor "{name}" of type {dtype:w} and shape {shape:Shape}')
def tensor_is_there(context: Any, name: str, dtype: str, shape: Shape) -> None:
    context.tensors.write(name, sample(shape, dtype, seed=crc32(name.encode())))


@given('tensor "{name}" is a view of tensor "{base}" that shows {part}')
def view_is_defined(context: Any, name: str, base: str, part: str) -> None:
    context.tensors.define_view(name, base, part)


@when('tensor "{name}" is written with type {dtype:w} and shape {shape:Shape}')
def write(context: Any, name: str, dtype: str, shape: Shape) -> None:
    # Not the elements that the tensor may have already.
    elements = sample_or_zeros(shape, dtype, seed=crc32(name.encode()) + 1)
    context.outcome = attempt(lambda: context.tensors.write(name, elements), TransferError)


@when('tensor "{name}" is written from a torch tensor of type {dtype:w} that {description}')
def write_from_torch(context: Any, name: str, dtype: str, description: str) -> None:
    elements = from_torch(torch_tensor(dtype, description))
    context.outcome = attempt(lambda: context.tensors.write(name, elements), TransferError)


@when('tensor "{name}" is read')
def read(context: Any, name: str) -> None:
    context.outcome = attempt(lambda: context.tensors.read(name), TransferError)


@when('tensor "{name}" is deleted')
def delete(context: Any, name: str) -> None:
    context.outcome = attempt(lambda: context.tensors.delete(name), TransferError)


@when('tensor "{name}" is copied to tensor "{target}"')
def copy(context: Any, name: str, target: str) -> None:
    context.outcome = attempt(lambda: context.tensors.copy(name, target), TransferError)


@when("{count:d} tensors of type {dtype:w} and shape {shape:Shape} are written and read {order}")
def write_and_read_many(context: Any, count: int, dtype: str, shape: Shape, order: str) -> None:
    many = {f"tensor {number}": sample(shape, dtype, seed=number) for number in range(count)}
    context.outcome = attempt(lambda: transfer_many(context.tensors, many, order), TransferError)


@when("{count:d} bytes of a tensor of {size:d} GiB, from byte {first:d} on, are written and read")
def write_and_read_bytes(context: Any, count: int, size: int, first: int) -> None:
    context.outcome = attempt(
        lambda: [write_and_read_part(context.tensors, size, first, count)], TransferError
    )


@then('tensor "{name}" equals the one written, bit for bit')
@then('tensor "{name}" equals the local one, bit for bit')
def equals_local(context: Any, name: str) -> None:
    if "outcome" in context and outcome_of(context).error:
        raise AssertionError("the call before failed") from outcome_of(context).error
    is_unchanged(context, name)


@then('tensor "{name}" is unchanged')
def is_unchanged(context: Any, name: str) -> None:
    expected = equal_tensor(context.tensors.local(name))
    assert_that(context.tensors.read(name), expected, f'tensor "{name}"')


@then('the bytes of tensor "{name}" equal those written')
def bytes_equal_written(context: Any, name: str) -> None:
    written = context.tensors.local(name).data.tobytes()
    on_server = bytes_on_server(context.tensors, name).data.tobytes()
    assert_that(on_server, equal_to(written), f'the bytes of tensor "{name}"')

"""Steps about streams that go wrong, and how a Compute goes on after them."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import (
    assert_that,
    equal_to,
    instance_of,
)

from maidenhair.errors import TransferError, TransferTimedOut
from maidenhair.suite.outcome import attempt, outcome_of
from maidenhair.systems.skytorch.stack.readiness import serving
from maidenhair.systems.skytorch.tensors import TensorClient, sample
from maidenhair.systems.skytorch.tensors.faults import (
    GivenUp,
    faulty_messages,
    give_up,
    read_while_server_ends,
)
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor

NOBODY = (("compute-id", "nowhere/nobody"),)
SEND_SECONDS = 20.0


@when("a tensor is sent in chunks that {fault}")
def send_faulty(context: Any, fault: str) -> None:
    messages = faulty_messages(context.tensors, fault)
    context.outcome = attempt(
        lambda: context.client.send(messages, deadline=SEND_SECONDS), TransferError
    )


@then("the sender is not left waiting")
def sender_has_an_answer(context: Any) -> None:
    timed_out = isinstance(outcome_of(context).error, TransferTimedOut)
    assert_that(timed_out, equal_to(False), f"no answer came: {outcome_of(context).error}")


@then("the transfer fails")
def fails(context: Any) -> None:
    assert_that(outcome_of(context).error, instance_of(TransferError))


@then("the Compute goes on serving")
def goes_on_serving(context: Any) -> None:
    assert_that(context.client.health(), equal_to("SERVING"))
    written = sample((3, 5), "float32")
    context.tensors.write("afterwards", written)
    assert_that(context.tensors.read("afterwards"), equal_tensor(written))


@when("a tensor is written for a Compute that does not exist")
def write_to_nobody(context: Any) -> None:
    with TensorClient(context.client.target, NOBODY) as client:
        context.outcome = attempt(lambda: client.write(1, sample((1,), "uint8")), TransferError)


@when('whoever writes "{name}" anew gives up on the way')
def give_up_writing(context: Any, name: str) -> None:
    written = context.tensors.written[name]
    other = sample(written.shape, written.dtype, seed=8)
    give_up_in(lambda: context.client.write(context.tensors.id_of(name), other, on_chunk=give_up))


@when('whoever reads "{name}" gives up on the way')
def give_up_reading(context: Any, name: str) -> None:
    dtype = context.tensors.written[name].dtype
    give_up_in(lambda: context.client.read(context.tensors.id_of(name), dtype, on_chunk=give_up))


@when('the server ends while "{name}" is read')
def end_server_in_reading(context: Any, name: str) -> None:
    dtype = context.tensors.written[name].dtype
    tensor_id = context.tensors.id_of(name)
    context.outcome = attempt(
        lambda: read_while_server_ends(context.client, tensor_id, dtype), TransferError
    )


def give_up_in(transfer: Any) -> None:
    try:
        transfer()
    except GivenUp:
        return
    raise AssertionError("the transfer ended before anybody could give it up")


@when('the tensor "{name}" is read once "{compute}" serves again')
def read_again(context: Any, name: str, compute: str) -> None:
    with serving(context.skytorch.view(compute)):
        context.outcome = attempt(lambda: context.tensors.read(name), TransferError)

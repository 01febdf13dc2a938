"""Steps about the streams between a client and a Compute: faults, links, and the Compute's health after them."""

from __future__ import annotations

from typing import Any

from behave import given, register_type, then, when
from hamcrest import assert_that, equal_to
from parse import with_pattern

from maidenhair.errors import TransferError
from maidenhair.suite.outcome import attempt
from maidenhair.systems.skytorch.tensors import OwnTensors, TensorClient, sample
from maidenhair.systems.skytorch.tensors.acts import send_operations
from maidenhair.systems.skytorch.tensors.faults import (
    faulty_messages,
    give_up_during,
    read_while_server_ends,
)
from maidenhair.systems.skytorch.tensors.link import Link
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor

ABSENT = (("compute-id", "nowhere/nobody"),)
TO_ABSENT_COMPUTE = "to a Compute that does not exist"
CLIENT_ACTS = {"written": "writing", "read": "reading"}
SEND_SECONDS = 20.0
DEADLINES = {"long": 50.0, "short": 2.0}
"""Seconds: long enough for a slow link, or too short for one."""
SERVICES = {"the whole server": "", "the tensor service": "skytorch.torch.Service"}


@with_pattern("long|short")
def parse_length(text: str) -> float:
    return DEADLINES[text]


register_type(Length=parse_length)


@given("a link to the Compute that {fault}, and calls with a {length:Length} deadline")
def link_with_fault(context: Any, fault: str, length: float) -> None:
    spec, program = context.spec, context.spec.tool("toxiproxy")
    link = spec.cleanups.enter("end the link", Link(program, context.client.target))
    link.set_fault(fault)
    client = TensorClient(link.target, context.client.metadata, attempts=1, deadline=length)
    client = spec.cleanups.enter("close the client of the link", client)
    context.tensors = context.tensors.through(client)


@when("a tensor is sent {fault}")
def send_faulty(context: Any, fault: str) -> None:
    """Send a tensor "in chunks that ..." have a fault, or to a Compute that does not exist."""
    if fault == TO_ABSENT_COMPUTE:
        with TensorClient(context.client.target, ABSENT) as client:
            context.outcome = attempt(lambda: client.write(1, sample((1,), "uint8")), TransferError)
        return
    messages = faulty_messages(context.tensors, fault.removeprefix("in chunks that "))
    context.outcome = attempt(
        lambda: context.client.send(messages, deadline=SEND_SECONDS), TransferError
    )


@when('the {side:w} stops while tensor "{name}" is {act:w}')
def stop_while(context: Any, side: str, name: str, act: str) -> None:
    """Let the client give up a call after its second chunk, or the server end after the first chunk of a read."""
    if side == "client":
        give_up_during(context.tensors, CLIENT_ACTS[act], name)
        return
    assert_that((side, act), equal_to(("server", "read")), "the side that stops, and the call")
    context.outcome = attempt(lambda: read_while_server_ends(context.tensors, name), TransferError)


@when("these operations are sent in one stream")
def send_in_one_stream(context: Any) -> None:
    operations = [(row["operation"], row["tensor"], row["to"]) for row in context.table]
    context.outcome = attempt(lambda: send_operations(context.tensors, operations), TransferError)


@then("the Compute still serves")
def still_serves(context: Any) -> None:
    assert_that(context.client.health(), equal_to("SERVING"), "the answer to the health check")
    elements = sample((3, 5), "float32")
    with OwnTensors(context.client) as tensors:
        tensors.write("afterwards", elements)
        assert_that(tensors.read("afterwards"), equal_tensor(elements), "a tensor written now")


@then("the health check of {service} answers {status:w}")
def health_check_answers(context: Any, service: str, status: str) -> None:
    assert_that(context.client.health(SERVICES[service]), equal_to(status), service)

"""Steps about links to a Compute that are slow or break."""

from __future__ import annotations

from typing import Any

from behave import given, then, when
from hamcrest import assert_that

from maidenhair.errors import TransferError
from maidenhair.suite.outcome import attempt
from maidenhair.systems.skytorch.tensors import TensorClient, sample
from maidenhair.systems.skytorch.tensors.link import Link
from maidenhair.systems.skytorch.tensors.matchers import equal_tensor

FAULTS = {
    "takes 200 ms longer each way": lambda link: link.delay(200),
    "lets 1 MB a second pass": lambda link: link.narrow(1000),
    "lets everything pass in small pieces": lambda link: link.slice(50_000),
    "breaks after 1 MB": lambda link: link.cut_after(1_000_000),
    "lets 10 KB a second pass": lambda link: link.narrow(10),
}
SHORT_SECONDS = 2.0
LONG_SECONDS = 50.0


@given("a link to it that {fault}")
def link_with_fault(context: Any, fault: str) -> None:
    spec, program = context.spec, context.spec.tool("toxiproxy")
    link = spec.cleanups.enter("end the link", Link(program, context.client.target))
    FAULTS[fault](link)
    client = TensorClient(link.target, context.client.metadata, attempts=1)
    context.through_link = spec.cleanups.enter("close the client of the link", client)


@when('the tensor "{name}" is written and read over the link')
def transfer_over_link(context: Any, name: str) -> None:
    written = sample(context.tensors.written[name].shape, "float32", seed=8)
    tensor_id = context.tensors.id_of(name)
    context.through_link.write(tensor_id, written, deadline=LONG_SECONDS)
    context.expected = written
    context.read_back = context.through_link.read(tensor_id, "float32", deadline=LONG_SECONDS)


@then("it came over the link bit for bit")
def came_over_link(context: Any) -> None:
    assert_that(context.read_back, equal_tensor(context.expected), "what came over the link")


@when('the tensor "{name}" is read over the link')
def read_over_link(context: Any, name: str) -> None:
    context.outcome = attempt(
        lambda: context.through_link.read(
            context.tensors.id_of(name), "float32", deadline=SHORT_SECONDS
        ),
        TransferError,
    )

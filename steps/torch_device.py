"""Steps about programs of torch that work on the device of a Compute, through the SDK."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, less_than

from maidenhair.suite.outcome import Outcome
from maidenhair.systems.skytorch.tensors import to_torch
from maidenhair.systems.skytorch.tensors.matchers import close_tensor
from maidenhair.systems.skytorch.tensors.values.layouts import torch_tensor
from maidenhair.systems.skytorch.workloads.round_trip import (
    change_through_views,
    move_there_and_back,
)
from maidenhair.systems.skytorch.workloads.training import train


@when('these tensors are moved to Compute "{name}" and back')
def move(context: Any, name: str) -> None:
    tensors = [
        (f"{row['type']} tensor that {row['tensor']}", torch_tensor(row["type"], row["tensor"]))
        for row in context.table
    ]
    sdk, compute = context.skytorch.sdk, context.skytorch.computes[name]
    context.outcome = Outcome(move_there_and_back(sdk, compute, tensors))


@when('a matrix is changed through its views, on Compute "{name}" and locally')
def change_matrix(context: Any, name: str) -> None:
    sdk, compute = context.skytorch.sdk, context.skytorch.computes[name]
    context.outcome = Outcome([change_through_views(sdk, compute)])


@when('a neural network is trained for {steps:d} steps on Compute "{name}" and locally')
def train_network(context: Any, steps: int, name: str) -> None:
    context.trained = train(context.skytorch.sdk, context.skytorch.computes[name], steps)


@then("the loss on the Compute falls by more than half")
def loss_falls(context: Any) -> None:
    losses = [float(to_torch(loss)) for loss in context.trained["losses"].on_server]
    assert_that(losses[-1], less_than(losses[0] / 2), f"the last loss of {losses}")


@then("the {values:w} on the Compute are within 1 part in {parts:d} of the local ones")
def values_are_close(context: Any, values: str, parts: int) -> None:
    computed = context.trained[values]
    for on_server, here in zip(computed.on_server, computed.here, strict=True):
        largest = float(to_torch(here).abs().max())
        assert_that(on_server, close_tensor(here, 0, largest / parts), computed.title)

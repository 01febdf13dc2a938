"""Steps that train models on Computes and on this machine."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, less_than

from maidenhair.systems.skytorch.tensors import to_torch
from maidenhair.systems.skytorch.tensors.matchers import close_tensor
from maidenhair.systems.skytorch.workloads.training import train


@when('a small neural network is trained for {steps:d} steps on "{name}" and here')
def train_network(context: Any, steps: int, name: str) -> None:
    context.trained = train(context.skytorch.sdk, context.skytorch.computes[name], steps)


@then("the loss after the last step is less than half of the first")
def loss_fell(context: Any) -> None:
    losses = [float(to_torch(loss)) for loss in context.trained["losses"].on_server]
    assert_that(losses[-1], less_than(losses[0] / 2), f"the last loss of {losses}")


@then("the {what:w} equal those of the training here within one part in {parts:d}")
def training_is_equal(context: Any, what: str, parts: int) -> None:
    trained = context.trained[what]
    for on_server, here in zip(trained.on_server, trained.here, strict=True):
        largest = float(to_torch(here).abs().max())
        assert_that(on_server, close_tensor(here, 0, largest / parts), trained.title)

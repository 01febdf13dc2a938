"""Steps about programs of torch that use the device of a Compute, through the SDK."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that, equal_to, less_than

from maidenhair.errors import ConfigurationError
from maidenhair.suite.outcome import Outcome
from maidenhair.systems.skytorch.tensors import Computed, to_torch
from maidenhair.systems.skytorch.tensors.matchers import close_tensor
from maidenhair.systems.skytorch.tensors.values.layouts import torch_tensor
from maidenhair.systems.skytorch.workloads.nested_round_trip import (
    move_there_and_back,
    sample_structure,
)
from maidenhair.systems.skytorch.workloads.round_trip import change_through_views
from maidenhair.systems.skytorch.workloads.training import train

TENSORS = "these tensors"
NESTED_STRUCTURE = "a nested structure of tensors and modules"
CHANGES_MATRIX = "changes a matrix through its views"
TRAINS_NETWORK = "trains a neural network in 20 steps"
TRAINING_STEPS = 20


@when("the program moves {structure} to {names:Computes} and back")
def move(context: Any, structure: str, names: list[str]) -> None:
    """Move a structure, or the tensors of a table, to each Compute in turn and back."""
    sdk, computes = context.skytorch.sdk, context.skytorch.computes
    context.moves = {
        name: move_there_and_back(sdk, computes[name], structure_of(context, structure))
        for name in names
    }
    context.outcome = Outcome(
        [
            Computed(f"{place} from Compute {name}", (back,), (move.before[place],))
            for name, move in context.moves.items()
            for place, back in move.after.items()
        ]
    )


@then('the tensors were on the device of Compute "{name}" alone')
def were_on_device(context: Any, name: str) -> None:
    move = context.moves[name]
    assert_that(move.after.keys(), equal_to(move.before.keys()), "the tensors that came back")
    assert_that(move.went_to, equal_to({move.device}), "the devices of the tensors")
    others = {each.device for other, each in context.moves.items() if other != name}
    assert_that(move.device in others, equal_to(False), "sharing the device with another Compute")


@when('the program {work} on Compute "{name}" and locally')
def work_on_both(context: Any, work: str, name: str) -> None:
    sdk, compute = context.skytorch.sdk, context.skytorch.computes[name]
    if work == CHANGES_MATRIX:
        context.outcome = Outcome([change_through_views(sdk, compute)])
    elif work == TRAINS_NETWORK:
        context.trained = train(sdk, compute, TRAINING_STEPS)
    else:
        known = f"{CHANGES_MATRIX!r} and {TRAINS_NETWORK!r}"
        raise ConfigurationError(f"no program {work!r}; write one of {known}")


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


def structure_of(context: Any, description: str) -> Any:
    """Return the structure of torch tensors that a phrase describes."""
    if description == NESTED_STRUCTURE:
        return sample_structure()
    if description == TENSORS:
        return {
            f"{row['type']} tensor that {row['tensor']}": torch_tensor(row["type"], row["tensor"])
            for row in context.table
        }
    raise ConfigurationError(
        f"no structure {description!r}; write {TENSORS!r} with a table, or {NESTED_STRUCTURE!r}"
    )

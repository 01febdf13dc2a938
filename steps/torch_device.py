"""Steps that move tensors to the torch device of a Compute, and work on them there, through the SDK."""

from __future__ import annotations

from typing import Any

from behave import then, when
from hamcrest import assert_that

from maidenhair.systems.skytorch.tensors.matchers import equal_tensor
from maidenhair.systems.skytorch.tensors.values.conversion import torch_dtype
from maidenhair.systems.skytorch.tensors.values.layouts import laid_out
from maidenhair.systems.skytorch.workloads.round_trip import (
    change_through_views,
    move_there_and_back,
)


@when('tensors of these types are moved to "{name}" and back')
def move(context: Any, name: str) -> None:
    tensors = [
        (
            f"{row['type']} tensor that {row['tensor']}",
            laid_out(row["tensor"]).to(torch_dtype(row["type"])),
        )
        for row in context.table
    ]
    context.computed = move_there_and_back(
        context.skytorch.sdk, context.skytorch.computes[name], tensors
    )


@when('a matrix on "{name}" and one here are changed in place, through views of them')
def change_matrix(context: Any, name: str) -> None:
    context.computed = [change_through_views(context.skytorch.sdk, context.skytorch.computes[name])]


@then("each comes back bit for bit")
def come_back(context: Any) -> None:
    for computed in context.computed:
        assert_that(computed.on_server[0], equal_tensor(computed.here[0]), computed.title)

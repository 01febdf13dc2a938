"""Moves of tensors to a Compute and back through the SDK, and changes through views there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maidenhair.systems.skytorch.sdk.drivers import SdkDriven
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.systems.skytorch.tensors import Computed, from_torch

MOVE_SECONDS = 60.0


def move_there_and_back(
    sdk: SdkSession, compute: SdkDriven, tensors: Sequence[tuple[str, Any]]
) -> list[Computed]:
    """Move torch tensors to a Compute and back.

    Args:
        sdk: the session that the Compute belongs to.
        compute: the Compute.
        tensors: the tensors, each with a title.

    Returns:
        For each tensor the one that came back and the one that was sent.

    Raises:
        WaitTimedOut: the Compute did not answer, or the tensors did not come back, in time.
    """
    compute.connect()
    device = compute.device()
    moved = sdk.work(
        f"moving tensors to {compute.view} and back",
        lambda: [tensor.to(device).cpu() for _, tensor in tensors],
        MOVE_SECONDS,
    )
    return [
        Computed(title, (from_torch(back),), (from_torch(tensor),))
        for (title, tensor), back in zip(tensors, moved, strict=True)
    ]


def change_through_views(sdk: SdkSession, compute: SdkDriven) -> Computed:
    """Change a matrix in place through views, on a Compute and here, and return both with their views.

    Raises:
        WaitTimedOut: the Compute did not answer, or the matrix did not come back, in time.
    """
    compute.connect()
    device = compute.device()
    remote = sdk.work(
        f"changing a matrix on {compute.view}",
        lambda: [from_torch(each) for each in _changed(device)],
        MOVE_SECONDS,
    )
    here = [from_torch(each) for each in _changed("cpu")]
    return Computed("a matrix and views of it", tuple(remote), tuple(here))


def _changed(device: Any) -> list[Any]:
    import torch

    matrix = torch.arange(24.0).reshape(4, 6).to(device)
    column, corner, line = matrix.t()[1], matrix[2:, ::2], matrix.view(-1)[:3]
    column.fill_(100)
    corner += 5
    line.mul_(-1)
    matrix.relu_()
    return [matrix, column, corner, line, matrix[1:3].t()]

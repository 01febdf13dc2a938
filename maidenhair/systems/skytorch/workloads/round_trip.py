"""A matrix that a program changes on a Compute, through views."""

from __future__ import annotations

from typing import Any

from maidenhair.systems.skytorch.sdk.drivers import SdkDriven
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.systems.skytorch.tensors import Computed, from_torch

MOVE_SECONDS = 60.0


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

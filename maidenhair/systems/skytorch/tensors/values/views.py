"""Views of tensors on a server: other shapes of the same memory, by their names in features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors.values.conversion import from_torch, to_torch, torch_dtype
from maidenhair.systems.skytorch.tensors.values.data import TensorData, TensorLayout

VIEWS: dict[str, Callable[[Any], Any]] = {
    "its transpose": lambda tensor: tensor.t(),
    "every second column": lambda tensor: tensor[:, ::2],
    "its last two rows": lambda tensor: tensor[-2:],
    "one column": lambda tensor: tensor[:, 1],
    "a single element": lambda tensor: tensor[1, 2],
    "all elements in one row": lambda tensor: tensor.reshape(-1),
    "its first row five times": lambda tensor: tensor[:1].expand(5, -1),
}
"""The function that creates each view of a tensor, by the view's name in features."""


def view_layout(tensor_id: int, base_id: int, base: TensorData, view: str) -> TensorLayout:
    """Return the layout from which a server creates a view.

    Args:
        tensor_id: the id of the view.
        base_id: the id of the tensor whose memory the view shares.
        base: that tensor. Only its type and shape are read.
        view: a name of VIEWS.

    Raises:
        ConfigurationError: there is no view of that name.
    """
    shown = _view(_empty_like(base), view)
    return TensorLayout(
        tensor_id,
        base.dtype,
        tuple(shown.shape),
        strides=tuple(shown.stride()),
        offset=shown.storage_offset(),
        view_of=base_id,
    )


def viewed(base: TensorData, view: str) -> TensorData:
    """Return the elements of a view of a tensor.

    Raises:
        ConfigurationError: there is no view of that name.
    """
    return from_torch(_view(to_torch(base), view))


def with_view_written(base: TensorData, view: str, elements: TensorData) -> TensorData:
    """Return a copy of a tensor with elements written to a view of it.

    Raises:
        ConfigurationError: there is no view of that name.
    """
    changed = to_torch(base).clone()
    _view(changed, view).copy_(to_torch(elements))
    return from_torch(changed)


def _view(tensor: Any, view: str) -> Any:
    if view not in VIEWS:
        raise ConfigurationError(
            f"there is no view {view!r} of tensors; choose one of: {', '.join(VIEWS)}"
        )
    return VIEWS[view](tensor)


def _empty_like(base: TensorData) -> Any:
    import torch

    return torch.empty(base.shape, dtype=torch_dtype(base.dtype))

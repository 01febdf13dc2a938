"""Views of tensors on a server: other shapes of the same memory, under names that specs use."""

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
"""The parts of a tensor that views show, by the names that features use."""


def view_layout(tensor_id: int, base_id: int, base: TensorData, view: str) -> TensorLayout:
    """Return what a server makes a view from.

    Args:
        tensor_id: the number that the view gets.
        base_id: the number of the tensor whose memory it shows.
        base: that tensor's type and shape.
        view: a name of VIEWS.

    Raises:
        ConfigurationError: there is no view of that name.
    """
    shown = _view(_described(base), view)
    return TensorLayout(
        tensor_id,
        base.dtype,
        tuple(shown.shape),
        strides=tuple(shown.stride()),
        offset=shown.storage_offset(),
        view_of=base_id,
    )


def viewed(base: TensorData, view: str) -> TensorData:
    """Return the elements that a view of a tensor shows.

    Raises:
        ConfigurationError: there is no view of that name.
    """
    return from_torch(_view(to_torch(base), view))


def with_view_written(base: TensorData, view: str, elements: TensorData) -> TensorData:
    """Return a tensor as it is after elements were written to a view of it.

    Raises:
        ConfigurationError: there is no view of that name.
    """
    changed = to_torch(base).clone()
    _view(changed, view).copy_(to_torch(elements))
    return from_torch(changed)


def _view(tensor: Any, view: str) -> Any:
    if view not in VIEWS:
        raise ConfigurationError(
            f"there is no view of tensors named {view!r}; there are: {', '.join(VIEWS)}"
        )
    return VIEWS[view](tensor)


def _described(base: TensorData) -> Any:
    import torch

    return torch.empty(base.shape, dtype=torch_dtype(base.dtype))

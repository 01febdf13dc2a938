"""Views of tensors, as servers create them and on this machine."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors import TensorData, from_torch, to_torch
from maidenhair.systems.skytorch.tensors.values.views import (
    VIEWS,
    view_layout,
    viewed,
    with_view_written,
)
from tests.conftest import imported

torch = imported("torch")

BASE = from_torch(torch.arange(48, dtype=torch.int32).reshape(6, 8))


def as_a_server(base: TensorData, view: str) -> Any:
    """Return a view as a server creates it, from the memory of the tensor and the layout."""
    layout = view_layout(2, 1, base, view)
    memory = to_torch(base).reshape(-1)
    assert layout.strides is not None
    return torch.as_strided(memory, layout.shape, layout.strides, layout.offset)


@pytest.mark.parametrize("view", VIEWS)
def test_a_layout_describes_the_view_that_is_expected(view: str) -> None:
    assert from_torch(as_a_server(BASE, view)) == viewed(BASE, view)


@pytest.mark.parametrize("view", VIEWS)
def test_a_layout_names_the_tensor_and_takes_no_memory(view: str) -> None:
    layout = view_layout(2, 1, BASE, view)

    assert (layout.tensor_id, layout.view_of, layout.nbytes, layout.dtype) == (2, 1, 0, "int32")


def test_elements_are_written_where_the_view_shows_them_and_nowhere_else() -> None:
    elements = from_torch(torch.full((6, 4), -1, dtype=torch.int32))

    changed = to_torch(with_view_written(BASE, "every second column", elements))

    assert (changed[:, ::2] == -1).all()
    assert torch.equal(changed[:, 1::2], to_torch(BASE)[:, 1::2])
    assert to_torch(BASE)[0, 0] == 0


def test_an_unknown_view_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(
        ConfigurationError, match="'is round' of tensors; choose one of: its transpose, "
    ):
        viewed(BASE, "is round")

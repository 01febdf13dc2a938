"""Torch tensors by the memory layout or by the pattern of their elements. torch is imported at the first use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors.values.conversion import to_torch, torch_dtype
from maidenhair.systems.skytorch.tensors.values.patterns import pattern_of

SEED = 11
HOLDS = "holds "


def torch_tensor(dtype: str, description: str) -> Any:
    """Return a torch tensor that fits a description. The same arguments give the same tensor.

    Args:
        dtype: the element type, for example "float32".
        description: a name of LAYOUTS, for example "is transposed", or "holds" and a name of PATTERNS, for example
            "holds infinities".

    Raises:
        ConfigurationError: there is no such layout or pattern.
        ValueError: torch has no element type of that name.
    """
    if description.startswith(HOLDS):
        return to_torch(pattern_of(dtype, description.removeprefix(HOLDS)))
    return laid_out(description).to(torch_dtype(dtype))


def laid_out(layout: str) -> Any:
    """Return a float32 tensor of random numbers with a memory layout. The same layout gives the same tensor.

    Args:
        layout: a name of LAYOUTS, for example "is transposed".

    Raises:
        ConfigurationError: there is no layout of that name.
    """
    if layout not in LAYOUTS:
        raise ConfigurationError(
            f"there is no layout {layout!r} of tensors; choose one of: {', '.join(LAYOUTS)}"
        )
    return LAYOUTS[layout]()


def _random(*shape: int) -> Any:
    import torch

    return torch.rand(shape, generator=torch.Generator().manual_seed(SEED))


LAYOUTS: dict[str, Callable[[], Any]] = {
    "is a single number": lambda: _random(),
    "has no elements": lambda: _random(0),
    "has rows without elements": lambda: _random(3, 0),
    "has a single byte": lambda: _random(1).mul(256).byte(),
    "has eight dimensions": lambda: _random(2, 3, 1, 2, 3, 1, 2, 2),
    "is transposed": lambda: _random(5, 7).t(),
    "is every second column of a larger one": lambda: _random(6, 9)[:, ::2],
    "begins in the middle of a larger one": lambda: _random(9, 5)[4:, 1:],
    "repeats one row": lambda: _random(1, 6).expand(4, 6),
    "has its channels last": lambda: _random(2, 3, 4, 5).permute(0, 2, 3, 1),
}
"""The function that creates a tensor of each layout, by the layout's name in features."""

"""Torch tensors by name: how their elements lie in memory, or which numbers they hold; torch is imported when used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors.values.conversion import to_torch, torch_dtype
from maidenhair.systems.skytorch.tensors.values.patterns import pattern_of

SEED = 11
HOLDS = "holds "


def torch_tensor(dtype: str, description: str) -> Any:
    """Return a torch tensor by a description; the same for the same arguments.

    Args:
        dtype: the type of its elements, such as "float32".
        description: a name of LAYOUTS, such as "is transposed", or "holds" and a name of PATTERNS, such as
            "holds infinities".

    Raises:
        ConfigurationError: there is no such layout or pattern.
        ValueError: torch has no element type of that name.
    """
    if description.startswith(HOLDS):
        return to_torch(pattern_of(dtype, description.removeprefix(HOLDS)))
    return laid_out(description).to(torch_dtype(dtype))


def laid_out(layout: str) -> Any:
    """Return a float32 tensor of random numbers whose elements lie as told; the same for the same layout.

    Args:
        layout: a name of LAYOUTS, such as "is transposed".

    Raises:
        ConfigurationError: there is no layout of that name.
    """
    if layout not in LAYOUTS:
        raise ConfigurationError(
            f"there is no layout of tensors named {layout!r}; there are: {', '.join(LAYOUTS)}"
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
"""How to make a tensor, by what is said of it."""

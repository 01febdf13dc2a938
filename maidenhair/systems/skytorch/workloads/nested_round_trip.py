"""Structures of tensors and modules that are moved to Computes and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from maidenhair.systems.skytorch.sdk.drivers import SdkDriven
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.systems.skytorch.tensors import TensorData, from_torch

MOVING_SECONDS = 60.0
SEED = 7


@dataclass(frozen=True)
class Move:
    """A structure that was moved to a Compute and back.

    Attributes:
        went_to: the devices that its parts were on, as text.
        device: the Compute's device, as text.
        before: its tensors, by where they are in it.
        after: the same after the way back.
    """

    went_to: frozenset[str]
    device: str
    before: dict[str, TensorData]
    after: dict[str, TensorData]


def sample_structure() -> Any:
    """Return a structure of tensors and modules, several levels deep; always the same."""
    import torch
    from torch import nn

    # Not torch.manual_seed: it seeds the device `sky` too, which has to exist for that.
    numbers = torch.Generator().manual_seed(SEED)
    model = nn.Sequential(nn.Linear(8, 4), nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 2)))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=numbers))
    inputs = [
        torch.randn(3, 8, generator=numbers),
        (torch.arange(5), {"mask": torch.tensor([True, False])}),
    ]
    return {"model": model, "batch": inputs, "scale": torch.tensor(0.5, dtype=torch.bfloat16)}


def move_there_and_back(sdk: SdkSession, compute: SdkDriven, structure: Any) -> Move:
    """Move a structure to a Compute and back.

    Args:
        sdk: the session that the Compute belongs to.
        compute: the Compute.
        structure: dicts, lists and tuples of torch tensors and modules. Modules are moved in place.

    Raises:
        WaitTimedOut: the Compute did not answer, or the move took too long.
    """
    compute.connect()
    before = _data(structure)

    def work() -> Move:
        device = compute.device()
        there = moved(structure, device)
        went_to = frozenset(str(tensor.device) for _, tensor in tensors_of(there))
        return Move(went_to, str(device), before, _data(moved(there, "cpu")))

    return sdk.work(f"moving to {compute.view}", work, MOVING_SECONDS)


def moved(structure: Any, device: Any) -> Any:
    """Return a structure with its tensors and modules moved to a device; modules move themselves, as torch has it."""
    if isinstance(structure, dict):
        return {key: moved(value, device) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(moved(each, device) for each in structure)
    return structure.to(device)


def tensors_of(structure: Any, place: str = "it") -> Iterator[tuple[str, Any]]:
    """Give the tensors of a structure, the parameters and buffers of its modules included, by where they are."""
    if isinstance(structure, (list, tuple)):
        structure = dict(enumerate(structure))
    elif hasattr(structure, "state_dict"):
        structure = dict(structure.state_dict())
    if isinstance(structure, dict):
        for key, each in structure.items():
            yield from tensors_of(each, f"{place}[{key!r}]")
    else:
        yield place, structure


def _data(structure: Any) -> dict[str, TensorData]:
    return {place: from_torch(tensor) for place, tensor in tensors_of(structure)}

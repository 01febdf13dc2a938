"""Moves of nested structures of tensors and modules to Computes and back."""

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
        went_to: the devices of its tensors on the Compute, as text.
        device: the Compute's device, as text.
        before: its tensors before the move, by their place in the structure, for example "it['scale']".
        after: its tensors after the way back, by the same places.
    """

    went_to: frozenset[str]
    device: str
    before: dict[str, TensorData]
    after: dict[str, TensorData]


def sample_structure() -> Any:
    """Return a structure of tensors and modules with several levels. It is the same in every call."""
    import torch
    from torch import nn

    # Not torch.manual_seed, because it also seeds the device `sky`, which may not exist.
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
        WaitTimedOut: the Compute did not answer, or the structure did not come back, in time.
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
    """Return a structure with its tensors and modules moved to a device. torch moves modules in place."""
    if isinstance(structure, dict):
        return {key: moved(value, device) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(moved(each, device) for each in structure)
    return structure.to(device)


def tensors_of(structure: Any, place: str = "it") -> Iterator[tuple[str, Any]]:
    """Yield each tensor of a structure with its place. Parameters and buffers of modules are included."""
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

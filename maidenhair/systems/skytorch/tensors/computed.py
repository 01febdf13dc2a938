"""What was computed twice: on a server, or on a Compute through the SDK, and on this machine."""

from __future__ import annotations

from dataclasses import dataclass

from maidenhair.systems.skytorch.tensors.data import TensorData


@dataclass(frozen=True)
class Computed:
    """Results of one computation.

    Attributes:
        title: what was computed.
        on_server: what the server gave.
        here: what this machine gave, in the same order.
    """

    title: str
    on_server: tuple[TensorData, ...]
    here: tuple[TensorData, ...]

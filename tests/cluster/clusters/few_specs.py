"""Some of the project's specs: one that creates a Compute through the SDK, and some that share a Compute."""

from __future__ import annotations

A_FEW_SPECS = (
    "features/compute/managed.feature",
    "features/tensors/transfer.feature",
    "--name=A matrix product computed remotely equals the one computed here",
    "--name=A tensor that was never written is not found",
)

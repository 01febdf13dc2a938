"""Some of the project's specs: one that creates a Compute through the SDK, and some that share a Compute."""

from __future__ import annotations

A_FEW_SPECS = (
    "features/compute/managed.feature",
    "features/tensors/transfer.feature",
    "--name=A matrix product from a Compute equals the local product",
    "--name=A tensor that was never written is not found",
)
NEEDS_THE_API = "The API accepts the name a"
"""A row of an outline that needs only the API of Computes. behave adds the number of the row to the name."""
NEED_SKYTORCH = (
    "A resumed Compute serves again",
    "A suspended Compute keeps its objects and is not Ready",
)
"""Scenarios that need Computes which become Ready."""

"""Transfers that may fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maidenhair.errors import TransferError


def failure_of(transfer: Callable[[], Any]) -> TransferError | None:
    """Call a function and return the TransferError that it raised, or None where it raised nothing."""
    try:
        transfer()
    except TransferError as error:
        return error
    return None

"""Devices that are divided into parts of fixed sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hami_scheduler.protocol import Part, Share, Slices
from hami_scheduler.requests import Request
from hami_scheduler.uses import Card

MIG = "mig"
"""The mode of NVIDIA devices that are divided into instances."""
MUCH = 2


def part_for(request: Request, cards: Sequence[Card]) -> Part | None:
    """Return the smallest part that covers a request; None if there is none.

    Args:
        request: the request: a number of slices, or memory and compute units. Memory is in GB, or in MiB if it is above
            twice the largest part.
        cards: the devices.
    """
    parts = cards[0].device.parts if cards else ()
    if request.slices:
        return next((part for part in parts if part.size == request.slices), None)
    most = max((part.memory for part in parts), default=0) // 1024
    in_gib = -(-request.memory // 1024) if request.memory > MUCH * most else request.memory
    return next(
        (part for part in parts if part.memory >= in_gib * 1024 and part.cores >= request.cores),
        None,
    )


def place(card: Card, share: Share) -> Share | None:
    """Return the share as the smallest free part of a device that is divided; None if there is none.

    A share of another device is returned as it is.
    """
    if card.device.mode != MIG:
        return share
    for part in card.device.parts:
        if part.memory < share.memory:
            continue
        found = next((each for each in part.places if _is_free(each, card)), None)
        if found is not None:
            return replace(share, memory=part.memory, cores=part.cores, part=part, place=found)
    return None


def _is_free(wanted: Slices, card: Card) -> bool:
    start, size = wanted
    return all(start + size <= used or used + width <= start for used, width in card.use.parts)

"""Why a container cannot get a share of a device. The order of the reasons is HAMi's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hami_scheduler import reasons
from hami_scheduler.constraints import (
    MUTEX,
    OFFLINE,
    ONLINE,
    TOPOLOGY,
    Constraints,
    Weights,
    contains,
)
from hami_scheduler.protocol import Part, Share
from hami_scheduler.requests import Request
from hami_scheduler.uses import Card

ALL = 100


@dataclass(frozen=True)
class Ask:
    """A container's request on one node.

    Attributes:
        request: the request.
        constraints: the pod's constraints on the vendor's devices.
        policy: the pod's policy for devices.
        weights: the weights of the parts of a device's score.
        traits: the annotations and labels of the node that decide about devices.
        is_in_quota: whether the pod stays within its quota if the container gets these shares.
        before: the ids of the devices of the pod's earlier containers.
        part: the part of a device that is requested; None for any share.
    """

    request: Request
    constraints: Constraints
    policy: str
    weights: Weights
    traits: Mapping[str, str]
    is_in_quota: Callable[[Sequence[Share]], bool]
    before: tuple[str, ...]
    part: Part | None = field(default=None)

    @property
    def is_mutex(self) -> bool:
        """Whether the pod takes unused devices only."""
        return contains(self.policy, MUTEX)

    @property
    def is_topology_aware(self) -> bool:
        """Whether the links between devices decide which of those that fit the pod gets."""
        return bool(self.request.vendor.pair_scores) and contains(self.policy, TOPOLOGY)

    def share_of(self, card: Card) -> Share:
        """Return the share of a device that the container would get."""
        device, request = card.device, self.request
        memory, cores = request.memory_of(device.memory), request.cores_of(device.cores)
        if self.part is not None:
            memory, cores = self.part.memory, self.part.cores
        if self.constraints.application == ONLINE:
            cores = 0
        name = device.type if request.vendor.names_model else request.vendor.device_type
        return Share(device.id, name, memory, cores, device.index, self.part)


def obstacle(card: Card, share: Share, ask: Ask, others: Sequence[Share]) -> str | None:
    """Return why a container cannot get a share of a device; None if it can.

    Args:
        card: the device.
        share: the share.
        ask: the request.
        others: the other shares that the container gets.
    """
    return (
        _unusable(card, ask)
        or _unwanted(card, ask)
        or _taken(card, ask)
        or (None if ask.request.vendor.counts_shares_only else _too_small(card, share, ask, others))
        or _another_device(card, ask)
    )


def _unusable(card: Card, ask: Ask) -> str | None:
    if not card.device.healthy:
        return ask.request.vendor.unhealthy
    return reasons.CORDONED if card.cordoned else None


def _unwanted(card: Card, ask: Ask) -> str | None:
    constraints, use = ask.constraints, card.use
    if not constraints.allow_type(card.device):
        return reasons.TYPE_MISMATCH
    if use.shares and not _may_join(constraints.application, card):
        return reasons.APPLICATION_MISMATCH
    is_shared = use.shares and ask.request.cores != ALL and constraints.application != ONLINE
    if is_shared and card.device.quality not in ("", constraints.quality):
        return reasons.QUALITY_MISMATCH
    return None if constraints.allow_id(card.device) else reasons.ID_MISMATCH


def _may_join(application: str, card: Card) -> bool:
    online, offline = card.use.applications[ONLINE] > 0, card.use.applications[OFFLINE] > 0
    if (online or offline) != (application in (ONLINE, OFFLINE)):
        return False
    return not (online and application == OFFLINE)


def _taken(card: Card, ask: Ask) -> str | None:
    if ask.request.vendor.is_alone and card.use.shares:
        return reasons.NOT_ALONE
    if card.use.shares >= card.device.count:
        return reasons.SHARES_EXHAUSTED
    return reasons.NOT_ALONE if ask.is_mutex and card.use.shares else None


def _too_small(card: Card, share: Share, ask: Ask, others: Sequence[Share]) -> str | None:
    device, use, vendor = card.device, card.use, ask.request.vendor
    if vendor.quota_at_filtering and not ask.is_in_quota((*others, share)):
        return reasons.QUOTA_NOT_FIT
    if device.memory - use.memory < share.memory:
        return reasons.INSUFFICIENT_MEMORY
    if ask.constraints.application == ONLINE:
        return None
    cores = ALL if ask.constraints.soft else device.cores
    if cores - use.cores < share.cores:
        return reasons.INSUFFICIENT_CORE
    if cores == ALL and share.cores == ALL and use.shares:
        return reasons.NOT_ALONE
    if cores and use.cores >= cores and not share.cores:
        return reasons.UNITS_EXHAUSTED
    return None


def _another_device(card: Card, ask: Ask) -> str | None:
    is_other = any(id != card.device.id for id in ask.before)
    return reasons.RULE_NOT_FIT if ask.request.vendor.one_device and is_other else None

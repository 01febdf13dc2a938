"""The devices of a node as the scheduler knows them, by the handshakes with the node's device plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hami_scheduler.protocol import REQUESTING, Device, FormatError, requested_at, requesting
from hami_scheduler.registration import Quantities, devices_of
from hami_scheduler.requests import whole_number
from hami_scheduler.vendors import SGPU, VENDORS, Vendor

PATIENCE = timedelta(seconds=60)
"""The time after which the devices of a plugin that does not answer are unavailable, if none is allocatable."""
Annotations = Mapping[str, str]


@dataclass(frozen=True)
class Health:
    """The result of a look at a vendor's devices.

    Attributes:
        is_available: whether pods may get the devices.
        is_new: whether the scheduler reads which devices there are.
    """

    is_available: bool
    is_new: bool


@dataclass
class Looks:
    """The devices of one node, from repeated looks at it.

    Attributes:
        devices: the known devices, by device type.
        answers: the annotations to write on the node after the last look; None removes an annotation.
        problems: the errors in malformed annotations at the last look.
    """

    devices: dict[str, tuple[Device, ...]] = field(default_factory=dict)
    answers: dict[str, str | None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _reported: dict[str, tuple[int, str]] = field(default_factory=dict)
    _gone: dict[str, str] = field(default_factory=dict)
    _to_clean_up: set[str] = field(default_factory=set)

    def look(
        self,
        node: str,
        annotations: Annotations,
        capacity: Quantities,
        allocatable: Quantities,
        now: datetime,
    ) -> bool:
        """Look at a node; return whether the known devices have changed.

        Args:
            node: the node's name.
            annotations: the node's annotations.
            capacity: the node's capacity.
            allocatable: the node's allocatable quantities.
            now: the current time, with a zone.
        """
        before = dict(self.devices)
        self.answers, self.problems = {}, []
        for vendor in VENDORS:
            try:
                listed = devices_of(vendor, node, annotations, capacity)
            except FormatError as error:
                self.problems.append(str(error))
                listed = None
            health = self._health(vendor, listed, annotations, capacity, allocatable, now)
            self._learn(vendor, listed, health, annotations)
            self._clean_up(vendor, annotations, health)
        return self.devices != before

    def _learn(
        self,
        vendor: Vendor,
        listed: tuple[Device, ...] | None,
        health: Health,
        annotations: Annotations,
    ) -> None:
        if not health.is_available:
            if self.devices.pop(vendor.device_type, None) is not None:
                self._gone[vendor.device_type] = annotations.get(vendor.handshake, "")
                self._to_clean_up.add(vendor.device_type)
        elif listed and health.is_new:
            self._gone.pop(vendor.device_type, None)
            self.devices[vendor.device_type] = listed
        elif listed == () and (vendor.handshake or vendor.is_gone_with_capacity):
            self.devices.pop(vendor.device_type, None)

    def _clean_up(self, vendor: Vendor, annotations: Annotations, health: Health) -> None:
        """Remove what a vendor's plugin left on the node, as the vendor's part of HAMi does.

        An answer may be lost, when the node changes at the same time. It is repeated until the annotation is gone.
        """
        if vendor.device_type not in self._to_clean_up:
            return
        left = ""
        if vendor.handshake:
            left = "" if vendor.keeps_handshake else vendor.handshake
        elif vendor.is_gone_with_capacity:
            left = vendor.register
        if left in annotations and not health.is_available:
            self.answers[left] = None
        else:
            self._to_clean_up.discard(vendor.device_type)

    def _health(
        self,
        vendor: Vendor,
        listed: tuple[Device, ...] | None,
        annotations: Annotations,
        capacity: Quantities,
        allocatable: Quantities,
        now: datetime,
    ) -> Health:
        if vendor.handshake:
            found = self._handshake(vendor, annotations, allocatable, now)
            if vendor.follows_allocatable:
                return self._allocatable(vendor, annotations, allocatable, found)
            return found
        if vendor.is_gone_with_capacity:
            return Health(_number(capacity, vendor.count) > 0, True)
        return Health(bool(listed) or vendor.format != SGPU, True)

    def _handshake(
        self, vendor: Vendor, annotations: Annotations, allocatable: Quantities, now: datetime
    ) -> Health:
        text = annotations.get(vendor.handshake, "")
        if REQUESTING not in text:
            self.answers[vendor.handshake] = requesting(now)
            # Only a new report of the plugin brings back devices that are gone: the missing handshake is no report,
            # and the one that was there when they went is an old one, whose answer is not yet written.
            is_gone = vendor.device_type in self._gone
            is_new = not is_gone or text not in ("", self._gone[vendor.device_type])
            return Health(is_available=True, is_new=is_new)
        time = requested_at(text)
        is_expired = time is not None and now >= time + PATIENCE
        is_available = not is_expired or _number(allocatable, vendor.count) > 0
        return Health(is_available, is_new=False)

    def _allocatable(
        self, vendor: Vendor, annotations: Annotations, allocatable: Quantities, found: Health
    ) -> Health:
        """Return the result of a look for a vendor whose allocatable devices count as well."""
        now = (_number(allocatable, vendor.count), annotations.get(vendor.register, ""))
        before = self._reported.get(vendor.device_type, (0, ""))
        if not now[0] and not before[0]:
            return found
        self._reported[vendor.device_type] = now
        if not now[0]:
            return Health(is_available=False, is_new=found.is_new)
        if now[0] != before[0]:
            return Health(is_available=True, is_new=True)
        return Health(found.is_available, found.is_new or now[1] != before[1])


def _number(quantities: Quantities, resource: str) -> int:
    return whole_number(quantities.get(resource, "0")) or 0

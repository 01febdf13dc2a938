"""The annotations that the scheduler writes on a pod for the devices of one vendor."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hami_scheduler.protocol import PARTS, Share, Shares, parts_text, shares_text
from hami_scheduler.requests import Object, containers_of, requested
from hami_scheduler.vendors import Vendor

BLOCK = 256
"""The MiB in a unit of the records that count memory in units."""


def records_of(
    vendor: Vendor, shares: Shares, pod: Object, node: str, now: datetime
) -> dict[str, str]:
    """Return the annotations that record the shares of a pod.

    Args:
        vendor: the vendor.
        shares: the shares of each container.
        pod: the pod.
        node: the name of the node that was chosen.
        now: the current time, with a zone.
    """
    text = shares_text(shares)
    found = {vendor.allocated: text}
    if vendor.to_allocate:
        found[vendor.to_allocate] = text
    if vendor.mode and (parts := parts_text(shares)):
        found[PARTS] = parts
    record = _Record(vendor, shares, pod, node, now)
    for key, template in vendor.records.items():
        value = record.value(template)
        if value is not None:
            found[key] = value
    return found


@dataclass(frozen=True)
class _Record:
    """The values of the placeholders in a vendor's records."""

    vendor: Vendor
    shares: Shares
    pod: Object
    node: str
    now: datetime

    def value(self, template: str) -> str | None:
        """Return a template with its placeholders replaced; None if the record is omitted."""
        reader = _WHOLE.get(template)
        if reader is not None:
            return reader(self)
        first = next(share for shares in self.shares for share in shares)
        seconds = self.now.timestamp()
        return template.format(
            index=first.index,
            cores=first.cores,
            units=first.memory // BLOCK,
            indices=",".join(str(share.index) for share in self.last),
            seconds=int(seconds),
            nanoseconds=int(seconds * 1e9),
            node=self.node,
            slices=first.part.size if first.part else 1,
        )

    @property
    def last(self) -> tuple[Share, ...]:
        """The shares of the last container that has any."""
        return [shares for shares in self.shares if shares][-1]

    def sgpus(self) -> str:
        """Return the list of the shares of each container, as MetaX's plugin reads it."""
        return _compact(
            [
                [
                    {"uuid": share.id, "compute": share.cores, "vRam": share.memory}
                    for share in shares
                ]
                for shares in self.shares
            ]
        )

    def templates(self) -> str:
        """Return the list of all shares, as Ascend's plugin reads it."""
        annotations = self.pod["metadata"].get("annotations") or {}
        is_soft = bool(annotations.get(self.vendor.soft_mode))
        names = {memory: name for name, memory in self.vendor.templates.items()}
        listed = []
        for share in (share for shares in self.shares for share in shares):
            name = None if is_soft else names.get(share.memory)
            entry = {"UUID": share.id, "temp": name, "memory": share.memory, "core": share.cores}
            listed.append({key: value for key, value in entry.items() if value})
        return _compact(listed)

    def profiles(self) -> str:
        """Return the part of the device of each container, by its name, as Enflame's plugin reads it."""
        containers = containers_of(self.pod)
        return _compact(
            {
                container["name"]: {
                    "allocated": False,
                    "request": share.part.size,
                    "profileID": share.part.id,
                    "profileName": share.part.name,
                }
                for container, shares in zip(containers, self.shares, strict=True)
                for share in shares
                if share.part is not None
            }
        )

    def neurons(self) -> str:
        """Return the numbers of the devices, or of their compute units."""
        listed: list[int] = []
        for container, shares in zip(containers_of(self.pod), self.shares, strict=True):
            whole = requested(container, self.vendor.count) is not None
            for share in shares:
                first = share.index * self.vendor.whole_cores
                bits = [bit for bit in range(share.cores.bit_length()) if share.cores >> bit & 1]
                listed += [share.index] if whole else [first + bit for bit in bits]
        return ",".join(map(str, listed))

    def neuron_resource(self) -> str | None:
        """Return the resource for compute units if a container requests it alone."""
        counts = [requested(each, self.vendor.count) for each in containers_of(self.pod)]
        return None if any(counts) else self.vendor.cores


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


_WHOLE: dict[str, Callable[[_Record], str | None]] = {
    "{sgpus}": _Record.sgpus,
    "{templates}": _Record.templates,
    "{profiles}": _Record.profiles,
    "{neurons}": _Record.neurons,
    "{neuron_resource}": _Record.neuron_resource,
}

"""The devices of a node: from the annotation that registers them, or from the node's capacity."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hami_scheduler.protocol import DEFAULT_MODE, Device, FormatError, Part
from hami_scheduler.requests import whole_number
from hami_scheduler.vendors import CAPACITY, DRS, SGPU, Vendor

ALL = 100
Quantities = Mapping[str, str]


def devices_of(
    vendor: Vendor, node: str, annotations: Mapping[str, str], capacity: Quantities
) -> tuple[Device, ...]:
    """Return a vendor's devices of a node; empty if there are none.

    Args:
        vendor: the vendor.
        node: the node's name.
        annotations: the node's annotations.
        capacity: the node's capacity.

    Raises:
        FormatError: the annotation does not have the vendor's format.
    """
    if vendor.format == CAPACITY:
        return _of_capacity(vendor, node, capacity)
    text = annotations.get(vendor.register, "")
    if not text:
        return ()
    try:
        if vendor.format == "text":
            return _of_text(text)
        listed = json.loads(text)
        if vendor.format == DRS:
            return _of_parts(vendor, node, listed)
        if vendor.format == SGPU:
            return tuple(_sgpu(vendor, index, each) for index, each in enumerate(listed))
        scores = _pair_scores(annotations.get(vendor.pair_scores, ""))
        return tuple(replace(_device(vendor, each), scores=scores) for each in listed)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"malformed registration of devices {text[:200]!r}: {error}") from error


def _pair_scores(text: str) -> tuple[tuple[frozenset[str], int], ...]:
    """Return the scores of the links between devices, each with the ids of both."""
    listed = json.loads(text) if text else []
    return tuple(
        (frozenset((each["uuid"], other)), int(score))
        for each in listed
        for other, score in (each.get("score") or {}).items()
    )


def _of_capacity(vendor: Vendor, node: str, capacity: Quantities) -> tuple[Device, ...]:
    """Return the devices that follow from a node's capacity."""

    def number(resource: str) -> int:
        return whole_number(capacity.get(resource, "0")) or 0

    # Some vendors' devices follow from their compute units, because kube-scheduler counts those.
    by_cores = bool(vendor.counted_by_kubernetes)
    units = number(vendor.cores) if by_cores else number(vendor.count)
    each = vendor.whole_cores if by_cores else 1
    cards = -(-units // each)
    if not cards:
        return ()
    memory = vendor.card_memory
    if memory is None:
        memory = number(vendor.memory) * vendor.memory_unit * each // units
    return tuple(
        Device(
            id=vendor.id.format(node=node, index=index),
            index=index,
            count=vendor.shares,
            memory=memory,
            cores=2**vendor.card_cores - 1 if vendor.cores_are_mask else vendor.card_cores,
            type=vendor.device_type,
            numa=int(vendor.wings and index >= cards / 2),
            mode="",
            healthy=True,
        )
        for index in range(cards)
    )


def _of_parts(vendor: Vendor, node: str, listed: Any) -> tuple[Device, ...]:
    """Return the devices that a list of devices and their possible parts describes."""
    sizes = {name: _size(name) for name in listed["profiles"]}
    most = max(size for size, _ in sizes.values())
    parts = tuple(
        Part(name, listed["profiles"][name], size, memory * 1024, -(-size * ALL // most))
        for name, (size, memory) in sorted(sizes.items(), key=lambda item: item[1])
    )
    return tuple(
        Device(
            id=vendor.id.format(node=node, index=each["index"]),
            index=int(each["index"]),
            count=int(each["capacity"]),
            memory=max(part.memory for part in parts),
            cores=ALL,
            type=vendor.device_type,
            numa=0,
            mode="",
            healthy=True,
            parts=parts,
        )
        for each in listed["devices"]
    )


def _size(name: str) -> tuple[int, int]:
    """Return the slices and the GiB in the name of a part, for example "3g.20gb"."""
    slices, _, memory = name.lower().partition(".")
    return int(slices.removesuffix("g")), int(memory.removesuffix("gb"))


def _device(vendor: Vendor, data: dict[str, Any]) -> Device:
    return Device(
        id=str(data["id"]),
        index=int(data.get("index", 0)),
        count=int(data.get("count", 0)),
        memory=int(data.get("devmem", 0)),
        # The real scheduler sets the compute units that it does not count.
        cores=ALL if vendor.counts_shares_only else int(data.get("devcore", 0)),
        type=str(data.get("type", "")),
        numa=int(data.get("numa", 0)),
        mode=str(data.get("mode", "") or DEFAULT_MODE),
        # Go omits fields that are false.
        healthy=bool(data.get("health", False)),
        parts=tuple(
            Part(
                each["name"],
                "",
                int(each["sliceCount"]),
                int(each["memoryMB"]),
                int(each["core"]),
                tuple((int(place["start"]), int(place["size"])) for place in each["placements"]),
            )
            for each in sorted(
                data.get("migProfiles", ()), key=lambda each: (each["memoryMB"], each["sliceCount"])
            )
        ),
    )


def _sgpu(vendor: Vendor, index: int, data: dict[str, Any]) -> Device:
    return Device(
        id=str(data["uuid"]),
        index=index,
        count=int(data.get("totalDevCount", 0)),
        memory=int(data.get("totalVRam", 0)),
        cores=int(data.get("totalCompute", 0)),
        type=vendor.device_type,
        numa=int(data.get("numa", 0)),
        mode="",
        healthy=bool(data.get("healthy", False)),
        quality=str(data.get("qosPolicy", "")),
    )


def _of_text(text: str) -> tuple[Device, ...]:
    if ":" not in text:
        raise ValueError("no device is ended by a colon")
    return tuple(_device_of_text(part.split(",")) for part in text.split(":") if part)


def _device_of_text(fields: list[str]) -> Device:
    if len(fields) not in (7, 9):
        raise ValueError(f"a device has {len(fields)} fields, not 7 or 9")
    is_long = len(fields) == 9
    healthy = {"true": True, "1": True, "t": True, "false": False, "0": False, "f": False}
    return Device(
        id=fields[0],
        index=int(fields[7]) if is_long else 0,
        count=int(fields[1]),
        memory=int(fields[2]),
        cores=int(fields[3]),
        type=fields[4],
        numa=int(fields[5]),
        mode=fields[8] if is_long else DEFAULT_MODE,
        healthy=healthy[fields[6].lower()],
    )

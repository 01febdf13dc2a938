"""The annotations of HAMi's protocol: parse and format them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

NODE = "hami.io/vgpu-node"
TIME = "hami.io/vgpu-time"
BIND_PHASE = "hami.io/bind-phase"
BIND_TIME = "hami.io/bind-time"
LOCK = "hami.io/mutex.lock"
CORDON = "hami.io/device-cordon"
NODE_POLICY = "hami.io/node-scheduler-policy"
DEVICE_POLICY = "hami.io/gpu-scheduler-policy"
WEIGHTS = "hami.io/device-scoring-weights"
PARTS = "hami.io/vgpu-mig-allocations"
POD_GROUP = "scheduling.x-k8s.io/pod-group"
ALLOCATING = "allocating"
REQUESTING = "Requesting"
DEFAULT_MODE = "hami-core"
SECONDS = "%Y-%m-%d %H:%M:%S"


class FormatError(Exception):
    """A text does not have the format of the protocol."""


Slices = tuple[int, int]
"""The first slice of a device and the number of slices."""


@dataclass(frozen=True)
class Part:
    """A possible part of a device.

    Attributes:
        name: the name, for example "3g.20gb".
        id: the vendor's id of the part.
        size: the number of slices of the device.
        memory: the memory, in MiB.
        cores: the compute units, in percent.
        places: where the part may be on the device; empty for anywhere.
    """

    name: str
    id: str
    size: int
    memory: int
    cores: int
    places: tuple[Slices, ...] = ()


@dataclass(frozen=True)
class Device:
    """A registered device of a node.

    Attributes:
        id: the device's id.
        index: the device's index on the node.
        count: the maximum number of shares.
        memory: the memory, in MiB.
        cores: the compute units, in percent.
        type: the model.
        numa: the NUMA node of the device.
        mode: the mode of sharing.
        healthy: whether the device works.
        parts: the possible parts of the device, the smallest first.
        quality: the quality of service of the containers that share the device; "" for any.
        scores: the scores of the links between all devices of the node, each with the ids of both.
    """

    id: str
    index: int
    count: int
    memory: int
    cores: int
    type: str
    numa: int
    mode: str
    healthy: bool
    parts: tuple[Part, ...] = ()
    quality: str = ""
    scores: tuple[tuple[frozenset[str], int], ...] = ()


@dataclass(frozen=True)
class Share:
    """A container's share of a device.

    Attributes:
        id: the device's id.
        type: HAMi's name of the device type, for example "NVIDIA"; the model of some vendors' devices.
        memory: the memory, in MiB.
        cores: the compute units, in percent or in units of the device.
        index: the device's index on the node. Annotations do not contain it.
        part: the part of the device; None for any share. Annotations do not contain it.
        place: where the part is on the device; None if it may be anywhere.
    """

    id: str
    type: str
    memory: int
    cores: int
    index: int = field(default=0, compare=False)
    part: Part | None = field(default=None, compare=False)
    place: Slices | None = field(default=None, compare=False)


Shares = tuple[tuple[Share, ...], ...]
"""The shares of each container of a pod, init containers first."""


@dataclass(frozen=True)
class Lock:
    """The lock of a node.

    Attributes:
        taken: the time of the lock.
        namespace: the namespace of the pod that holds it; empty in the format of old versions.
        name: the pod's name; empty in the format of old versions.
    """

    taken: datetime
    namespace: str
    name: str


def shares_text(containers: Iterable[Sequence[Share]]) -> str:
    """Format the shares of each container, as in annotations of pods."""
    return "".join(
        "".join(f"{each.id},{each.type},{each.memory},{each.cores}:" for each in shares) + ";"
        for shares in containers
    )


def shares(text: str) -> Shares:
    """Parse the shares of each container from an annotation of a pod.

    Raises:
        FormatError: the text is malformed.
    """
    # The text after the last semicolon is empty.
    containers = text.split(";")[:-1] if text.endswith(";") else text.split(";")
    try:
        return tuple(
            tuple(_share(part) for part in container.split(":") if part) for container in containers
        )
    except ValueError as error:
        raise FormatError(f"malformed list of devices {text[:200]!r}: {error}") from error


def parts_text(fit: Iterable[Sequence[Share]]) -> str | None:
    """Format the parts of devices that containers got; return None if no device is divided."""
    placed = [
        {
            "containerIndex": container,
            "deviceIndex": number,
            "gpuUUID": share.id,
            "profile": share.part.name,
            "placement": {"start": share.place[0], "size": share.place[1]},
        }
        for container, shares in enumerate(fit)
        for number, share in enumerate(shares)
        if share.part is not None and share.place is not None
    ]
    return json.dumps(placed, separators=(",", ":")) if placed else None


def placed_parts(text: str) -> list[tuple[str, Slices]]:
    """Parse the parts of devices that containers got: for each the device's id and the slices."""
    try:
        return [
            (each["gpuUUID"], (int(each["placement"]["start"]), int(each["placement"]["size"])))
            for each in json.loads(text)
        ]
    except (ValueError, KeyError, TypeError):
        return []  # Somebody else wrote the annotation.


def requesting(now: datetime) -> str:
    """Format the scheduler's answer to a handshake."""
    return f"{REQUESTING}_{now.astimezone(UTC):{SECONDS}}"


def requested_at(text: str) -> datetime | None:
    """Parse the time of the scheduler's answer in a handshake; return None if the handshake is not its answer."""
    device_type, _, time = text.partition("_")
    if device_type != REQUESTING:
        return None
    try:
        return datetime.strptime(time, SECONDS).replace(tzinfo=UTC)
    except ValueError:
        return None


def cordoned(text: str) -> frozenset[str]:
    """Parse the ids of cordoned devices."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def lock_text(now: datetime, *owner: str) -> str:
    """Format the lock of a node.

    Args:
        now: the current time, with a zone.
        owner: the namespace and the name of the pod that holds the lock; nothing if the lock does not say so.
    """
    return ",".join([f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", *owner])


def lock(text: str) -> Lock:
    """Parse the lock of a node.

    Raises:
        FormatError: the text is malformed.
    """
    time, *pod = text.split(",")
    try:
        taken = datetime.fromisoformat(time)
    except ValueError as error:
        raise FormatError(f"malformed node lock {text!r}: {error}") from error
    if len(pod) not in (0, 2):
        raise FormatError(f"malformed node lock {text!r}: it is not TIME or TIME,NAMESPACE,NAME")
    namespace, name = pod or ("", "")
    return Lock(taken if taken.tzinfo else taken.replace(tzinfo=UTC), namespace, name)


def duration(text: str) -> timedelta:
    """Parse a duration in Go's notation, for example "5m", "1m30s" or "500ms".

    Raises:
        FormatError: the text is malformed.
    """
    units = {"ms": 0.001, "h": 3600.0, "m": 60.0, "s": 1.0}
    seconds, rest = 0.0, text.strip()
    if rest == "0":
        return timedelta()
    while rest:
        digits = len(rest) - len(rest.lstrip("0123456789."))
        unit = next((unit for unit in units if rest.startswith(unit, digits)), None)
        if not digits or unit is None:
            raise FormatError(f"{text!r} is no duration; write for example 5m or 30s")
        try:
            seconds += float(rest[:digits]) * units[unit]
        except ValueError as error:
            raise FormatError(f"{text!r} is no duration: {error}; write for example 5m") from error
        rest = rest[digits + len(unit) :]
    if not text.strip():
        raise FormatError("an empty text is no duration; write for example 5m or 30s")
    return timedelta(seconds=seconds)


def _share(text: str) -> Share:
    fields = text.split(",")
    if len(fields) < 4 or not fields[0] or not fields[1]:
        raise ValueError(f"{text!r} is not id,type,memory,cores")
    return Share(fields[0], fields[1], int(fields[2]), int(fields[3]))

"""The annotations of HAMi's protocol: parse and format them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

NODE = "hami.io/vgpu-node"
TIME = "hami.io/vgpu-time"
BIND_PHASE = "hami.io/bind-phase"
BIND_TIME = "hami.io/bind-time"
LOCK = "hami.io/mutex.lock"
CORDON = "hami.io/device-cordon"
NODE_POLICY = "hami.io/node-scheduler-policy"
DEVICE_POLICY = "hami.io/gpu-scheduler-policy"
ALLOCATING, FAILED = "allocating", "failed"
REQUESTING, DELETED = "Requesting", "Deleted"
DEFAULT_MODE = "hami-core"
SECONDS = "%Y-%m-%d %H:%M:%S"


class FormatError(Exception):
    """A text does not have the format of the protocol."""


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


@dataclass(frozen=True)
class Share:
    """A container's share of a device.

    Attributes:
        id: the device's id.
        type: HAMi's name of the device type, for example "NVIDIA".
        memory: the memory, in MiB.
        cores: the compute units, in percent.
    """

    id: str
    type: str
    memory: int
    cores: int


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


def devices(text: str) -> tuple[Device, ...]:
    """Parse the registered devices of a node, in JSON or in the older text format.

    Raises:
        FormatError: the text has neither format.
    """
    try:
        if text.lstrip().startswith("["):
            return tuple(_device(each) for each in json.loads(text))
        parts = [part for part in text.split(":") if part]
        if not text or ":" not in text:
            raise ValueError("no device is ended by a colon")
        return tuple(_device_of_text(part.split(",")) for part in parts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"malformed registration of devices {text[:200]!r}: {error}") from error


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


def lock_text(now: datetime, namespace: str, name: str) -> str:
    """Format the lock of a node, held by a pod."""
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ},{namespace},{name}"


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


def _device(data: dict[str, Any]) -> Device:
    return Device(
        id=str(data["id"]),
        index=int(data.get("index", 0)),
        count=int(data.get("count", 0)),
        memory=int(data.get("devmem", 0)),
        cores=int(data.get("devcore", 0)),
        type=str(data.get("type", "")),
        numa=int(data.get("numa", 0)),
        mode=str(data.get("mode", "") or DEFAULT_MODE),
        # Go omits fields that are false.
        healthy=bool(data.get("health", False)),
    )


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


def _share(text: str) -> Share:
    fields = text.split(",")
    if len(fields) < 4 or not fields[0] or not fields[1]:
        raise ValueError(f"{text!r} is not id,type,memory,cores")
    return Share(fields[0], fields[1], int(fields[2]), int(fields[3]))

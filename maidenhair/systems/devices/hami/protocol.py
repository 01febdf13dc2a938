"""What HAMi writes on nodes and pods, field by field (its protocol document, and release 2.10)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from maidenhair.errors import DevicesError
from maidenhair.systems.devices.vendor_profile import Device

NODE = "hami.io/vgpu-node"
"""On a pod: the node that was chosen for it."""
TIME = "hami.io/vgpu-time"
"""On a pod: when it was chosen, in Unix seconds."""
BIND_PHASE = "hami.io/bind-phase"
"""On a pod: "allocating", "success" or "failed"."""
BIND_TIME = "hami.io/bind-time"
"""On a pod: when it was bound, in Unix seconds."""
LOCK = "hami.io/mutex.lock"
"""On a node: whose binding holds it."""
CORDON = "hami.io/device-cordon"
"""On a node: devices that are taken out of use."""
IGNORE_LABEL = {"hami.io/webhook": "ignore"}
"""Labels of pods and namespaces that HAMi's webhook leaves alone."""
ALLOCATING, SUCCESS = "allocating", "success"
REPORTED, REQUESTING = "Reported", "Requesting"
MODE = "hami-core"
_PREFIX = "hami.io/"


@dataclass(frozen=True)
class Share:
    """What a container gets of a device: the device's id and HAMi's type, memory in MiB, compute units in percent."""

    id: str
    type: str
    memory: int
    cores: int


def registration(devices: Iterable[Device], shares: int, format: str) -> str:
    """Return what a node's register annotation says of its devices.

    Args:
        devices: the devices.
        shares: how many containers may share each.
        format: "json", or "text" as older plugins write it.
    """
    if format == "text":
        return "".join(
            f"{each.id},{shares},{each.memory},{each.cores},{each.model},{each.numa},"
            f"{str(each.healthy).lower()}:"
            for each in devices
        )
    return json.dumps([_described(each, shares) for each in devices], separators=(",", ":"))


def registered(text: str) -> list[dict[str, Any]]:
    """Return the devices of a register annotation of either format, each with the keys that the JSON format has.

    Raises:
        DevicesError: it is of no known format.
    """
    try:
        if text.lstrip().startswith("["):
            found: list[dict[str, Any]] = json.loads(text)
            return found
        return [_from_text(each) for each in text.split(":") if each]
    except ValueError as error:
        raise DevicesError(f"this is no registration of devices: {text!r}: {error}") from error


def handshake_text(word: str, at: datetime) -> str:
    """Return a handshake annotation: `word`, REPORTED or REQUESTING, and a time.

    HAMi writes and reads the local time of its own container, without a zone. Containers have UTC, whatever the zone of
    the machine that specs run on.
    """
    return f"{word}_{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def shares_text(containers: Iterable[Iterable[Share]]) -> str:
    """Return what a pod's annotation lists: for every container, in their order, what it gets."""
    return "".join(
        "".join(f"{each.id},{each.type},{each.memory},{each.cores}:" for each in container) + ";"
        for container in containers
    )


def parse_shares(text: str) -> list[list[Share]]:
    """Return what each container of a pod gets, from its annotation.

    Raises:
        DevicesError: it is no such list.
    """
    try:
        # Each container's list is ended by a semicolon, so what follows the last one is nothing.
        containers = text.split(";")[:-1]
        return [[_share(each) for each in container.split(":") if each] for container in containers]
    except ValueError as error:
        raise DevicesError(f"this is no list of allocated devices: {text!r}: {error}") from error


def of_devices(annotations: Mapping[str, str] | None) -> dict[str, str]:
    """Return those annotations of a node that have to do with devices."""
    return {key: text for key, text in (annotations or {}).items() if key.startswith(_PREFIX)}


def _described(device: Device, shares: int) -> dict[str, Any]:
    return {
        "id": device.id,
        "index": device.index,
        "count": shares,
        "devmem": device.memory,
        "devcore": device.cores,
        "type": device.model,
        "numa": device.numa,
        "mode": MODE,
        "health": device.healthy,
    }


def _from_text(text: str) -> dict[str, Any]:
    fields: Sequence[str] = text.split(",")
    if len(fields) not in (7, 9):
        raise ValueError(f"{text!r} has {len(fields)} fields, not 7 or 9")
    device = {
        "id": fields[0],
        "index": int(fields[7]) if len(fields) == 9 else 0,
        "count": int(fields[1]),
        "devmem": int(fields[2]),
        "devcore": int(fields[3]),
        "type": fields[4],
        "numa": int(fields[5]),
        "mode": fields[8] if len(fields) == 9 else MODE,
        "health": fields[6].lower() == "true",
    }
    return device


def _share(text: str) -> Share:
    id, type, memory, cores = text.split(",")
    return Share(id, type, int(memory), int(cores))

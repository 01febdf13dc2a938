"""The annotations of HAMi's protocol, as in its protocol document and release 2.10."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from maidenhair.errors import DevicesError
from maidenhair.systems.devices.vendor_profile import Device, Sharing, VendorProfile

NODE = "hami.io/vgpu-node"
"""On a pod: the node that HAMi chose for it."""
TIME = "hami.io/vgpu-time"
"""On a pod: when HAMi chose its node, in Unix seconds."""
BIND_PHASE = "hami.io/bind-phase"
"""On a pod: "allocating", "success" or "failed"."""
BIND_TIME = "hami.io/bind-time"
"""On a pod: when HAMi bound it, in Unix seconds."""
LOCK = "hami.io/mutex.lock"
"""On a node: the time and the pod of the binding that locks it."""
CORDON = "hami.io/device-cordon"
"""On a node: the ids of devices that HAMi must not use."""
IGNORE_LABEL = {"hami.io/webhook": "ignore"}
"""The label of pods and namespaces that HAMi's webhook ignores."""
ALLOCATING, SUCCESS = "allocating", "success"
REPORTED, REQUESTING = "Reported", "Requesting"
MODE, MIG = "hami-core", "mig"
SAME_NUMA, OTHER_NUMA = 20, 10
"""The scores of links between devices of one NUMA node, and of two."""


@dataclass(frozen=True)
class Share:
    """A container's share of a device.

    Attributes:
        id: the device's id.
        type: HAMi's name of the device type, for example "NVIDIA".
        memory: the memory, in MiB.
        cores: the compute units, in percent of the device.
    """

    id: str
    type: str
    memory: int
    cores: int


def registration(devices: Iterable[Device], sharing: Sharing) -> str:
    """Return the value of a node's register annotation.

    Args:
        devices: the node's devices.
        sharing: how HAMi shares them; its format is not "capacity".
    """
    if sharing.format == "text":
        return "".join(
            f"{each.id},{sharing.shares},{each.memory},{each.cores},{each.model},{each.numa},"
            f"{str(each.healthy).lower()}:"
            for each in devices
        )
    if sharing.format == "drs":
        slices = [
            {"index": str(each.index), "minor": str(each.index), "capacity": sharing.shares}
            for each in devices
        ]
        return _compact({"devices": slices, "profiles": sharing.rules["profiles"]})
    describe = _described_sgpu if sharing.format == "sgpu" else _described
    return _compact([describe(each, sharing) for each in devices])


def node_annotations(
    devices: Mapping[VendorProfile, Sequence[Device]], at: datetime
) -> dict[str, str]:
    """Return the annotations by which device plugins register the devices of a node with HAMi.

    Args:
        devices: the node's devices, by vendor.
        at: the time of the report, with a zone.
    """
    annotations = {}
    for profile, own in devices.items():
        if (sharing := profile.sharing) is None or not sharing.is_registered:
            continue
        annotations[sharing.register] = registration(own, sharing)
        if pair_scores := sharing.rules.get("pair_scores"):
            annotations[pair_scores] = _compact(_pair_scores(own))
        if sharing.handshake:
            annotations[sharing.handshake] = handshake_text(REPORTED, at)
    return annotations


def registered(text: str) -> list[dict[str, Any]]:
    """Parse a node's register annotation of either format.

    Returns:
        The devices, each with the keys of the JSON format.

    Raises:
        DevicesError: the text has neither format.
    """
    try:
        if text.lstrip().startswith("["):
            found: list[dict[str, Any]] = json.loads(text)
            return found
        return [_from_text(each) for each in text.split(":") if each]
    except ValueError as error:
        raise DevicesError(f"malformed registration of devices {text!r}: {error}") from error


def handshake_text(word: str, at: datetime) -> str:
    """Return the value of a handshake annotation.

    HAMi writes and reads the local time of its own container, without a zone. Containers use UTC, even if the machine
    that runs the specs does not.

    Args:
        word: REPORTED or REQUESTING.
        at: the time of the handshake, with a zone.
    """
    return f"{word}_{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def shares_text(containers: Iterable[Iterable[Share]]) -> str:
    """Return the value of a pod's annotation with the shares of each container, in the containers' order."""
    return "".join(
        "".join(f"{each.id},{each.type},{each.memory},{each.cores}:" for each in container) + ";"
        for container in containers
    )


def parse_shares(text: str) -> list[list[Share]]:
    """Parse a pod's annotation with the shares of each container.

    Returns:
        The shares of each container, in the containers' order.

    Raises:
        DevicesError: the text is malformed.
    """
    try:
        # A semicolon ends the list of each container, so the text after the last one is empty.
        containers = text.split(";")[:-1]
        return [[_share(each) for each in container.split(":") if each] for container in containers]
    except ValueError as error:
        raise DevicesError(f"malformed list of allocated devices {text!r}: {error}") from error


def _described(device: Device, sharing: Sharing) -> dict[str, Any]:
    instances = sharing.rules.get("instances") if device.mode == MIG else None
    return {
        **({"migProfiles": instances} if instances else {}),
        "id": device.id,
        "index": device.index,
        "count": sharing.shares,
        "devmem": device.memory,
        "devcore": device.cores,
        "type": device.model,
        "numa": device.numa,
        "mode": device.mode,
        "health": device.healthy,
    }


def _pair_scores(devices: Sequence[Device]) -> list[dict[str, Any]]:
    """Return the scores of the links between devices. Those within a NUMA node are better."""
    return [
        {
            "uuid": each.id,
            "score": {
                other.id: SAME_NUMA if other.numa == each.numa else OTHER_NUMA
                for other in devices
                if other is not each
            },
        }
        for each in devices
    ]


def _described_sgpu(device: Device, sharing: Sharing) -> dict[str, Any]:
    return {
        "uuid": device.id,
        "model": device.model,
        "totalDevCount": sharing.shares,
        "totalCompute": device.cores,
        "totalVRam": device.memory,
        "numa": device.numa,
        "healthy": device.healthy,
        "qosPolicy": "best-effort",
    }


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


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

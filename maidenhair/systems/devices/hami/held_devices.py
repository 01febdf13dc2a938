"""The devices that HAMi chose for the containers of a pod, from the pod's annotations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maidenhair.errors import DevicesError
from maidenhair.kube import Object
from maidenhair.systems.devices.device_nodes import HeldDevice
from maidenhair.systems.devices.hami.protocol import Share, parse_shares
from maidenhair.systems.devices.vendor_profile import Device, VendorProfile

NodeDevices = Mapping[VendorProfile, tuple[Device, ...]]


def held_devices(
    pod: Object, container: str | None, nodes: Iterable[NodeDevices]
) -> list[HeldDevice]:
    """Return the devices of a pod, or of one of its containers.

    Args:
        pod: the pod, with its annotations.
        container: the container's name; None for all containers.
        nodes: the devices of all nodes that the pod may run on.

    Raises:
        DevicesError: the pod has no such container, none of the nodes has one of its devices, or an annotation is
            malformed.
    """
    known = {
        (profile, device.id): device
        for node in nodes
        for profile, devices in node.items()
        for device in devices
    }
    held = []
    for profile in dict.fromkeys(profile for profile, _ in known):
        for share in _shares(pod, container, profile):
            device = known.get((profile, share.id))
            if device is None:
                name = pod["metadata"]["name"]
                raise DevicesError(
                    f"Pod {name} has {profile.title} device {share.id}, which no node of the spec "
                    "has; check which nodes the pod may run on"
                )
            held.append(_held(profile, device, share))
    return held


def devices_to_allocate(pod: Object, vendors: Iterable[VendorProfile]) -> list[Share]:
    """Return the shares that HAMi chose for a pod and no device plugin has allocated yet.

    Args:
        pod: the pod, with its annotations.
        vendors: the vendors whose annotations are read.

    Raises:
        DevicesError: an annotation is malformed.
    """
    annotations = pod["metadata"].get("annotations") or {}
    keys = [
        each.sharing.to_allocate for each in vendors if each.sharing and each.sharing.to_allocate
    ]
    lists = [parse_shares(annotations.get(key, "")) for key in keys]
    return [share for containers in lists for shares in containers for share in shares]


def _held(profile: VendorProfile, device: Device, share: Share) -> HeldDevice:
    sharing = profile.sharing
    percent = sharing.percentage(share.cores, device) if sharing else share.cores
    return HeldDevice(profile, device, share.memory, percent)


def _shares(pod: Object, container: str | None, profile: VendorProfile) -> list[Share]:
    if profile.sharing is None:
        return []
    annotations = pod["metadata"].get("annotations") or {}
    listed = parse_shares(annotations.get(profile.sharing.allocated, ""))
    if container is None:
        return [share for shares in listed for share in shares]
    spec = pod["spec"]
    # HAMi lists init containers first.
    names = [each["name"] for each in [*spec.get("initContainers", ()), *spec["containers"]]]
    if container not in names:
        name = pod["metadata"]["name"]
        raise DevicesError(f"Pod {name} has no container {container}; it has {', '.join(names)}")
    index = names.index(container)
    return listed[index] if index < len(listed) else []

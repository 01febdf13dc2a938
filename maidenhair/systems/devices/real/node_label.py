"""Nodes as they offer devices."""

from __future__ import annotations

from typing import Any

from hamcrest import is_in
from hamcrest.core.matcher import Matcher

from maidenhair.errors import DevicesError
from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import has_jmespath
from maidenhair.systems.devices.hami.protocol import of_devices
from maidenhair.systems.devices.vendor_profile import VendorProfile

LABEL, LABEL_VALUE = "gpu", "on"
"""What nodes carry that take part."""


def device_node(kube: Kube) -> str:
    """Return the name of the node that gets simulated devices: the first that is ready and takes every pod.

    Raises:
        DevicesError: there is none.
    """
    for node in sorted(kube.list("v1", "Node"), key=lambda node: str(node["metadata"]["name"])):
        taints = [
            each
            for each in node["spec"].get("taints") or ()
            if each["effect"] != "PreferNoSchedule"
        ]
        if not taints and not node["spec"].get("unschedulable"):
            return str(node["metadata"]["name"])
    raise DevicesError("no node of the cluster takes pods without more ado; devices need one")


def label_node(kube: Kube, node: str, labelled: bool = True) -> None:
    """Give a node the label by which it takes part, or take it away."""
    value = LABEL_VALUE if labelled else None
    kube.patch("v1", "Node", node, {"metadata": {"labels": {LABEL: value}}})


def device_annotations(kube: Kube, node: str) -> dict[str, str]:
    """Return what a node's annotations tell of devices."""
    found = kube.get("v1", "Node", node) or {"metadata": {}}
    return of_devices(found["metadata"].get("annotations"))


def quantity(node: Object | None, where: str, profile: VendorProfile) -> int:
    """Return how many of a vendor's devices a node has as "capacity" or "allocatable"; 0 where it tells none."""
    return int(((node or {}).get("status") or {}).get(where, {}).get(profile.resource, "0"))


def has_quantity(where: str, profile: VendorProfile, count: int) -> Matcher[Any]:
    """Match a node that has so many of a vendor's devices as "capacity" or "allocatable"."""
    # A resource that was never offered is not told of.
    texts: list[Any] = [str(count), *([None] if count == 0 else [])]
    return has_jmespath(f'status.{where}."{profile.resource}"', is_in(texts))

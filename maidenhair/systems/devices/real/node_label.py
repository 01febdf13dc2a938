"""The label of nodes with devices, and the devices that a node reports."""

from __future__ import annotations

from typing import Any

from hamcrest import is_in
from hamcrest.core.matcher import Matcher

from maidenhair.errors import DevicesError
from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import has_jmespath
from maidenhair.systems.devices.vendor_profile import VendorProfile, vendor_profiles

LABEL, LABEL_VALUE = "gpu", "on"
"""The label of nodes on which device plugins run."""


def device_node(kube: Kube) -> str:
    """Return the name of the node that gets simulated devices: the first one, by name, that accepts every pod.

    Raises:
        DevicesError: every node has a taint or is cordoned.
    """
    for node in sorted(kube.list("v1", "Node"), key=lambda node: str(node["metadata"]["name"])):
        taints = [
            each
            for each in node["spec"].get("taints") or ()
            if each["effect"] != "PreferNoSchedule"
        ]
        if not taints and not node["spec"].get("unschedulable"):
            return str(node["metadata"]["name"])
    raise DevicesError(
        "every node of the cluster has a taint or is cordoned; simulated devices need a node that "
        "accepts every pod, so remove the taints of one node or uncordon it"
    )


def label_node(kube: Kube, node: str, labelled: bool = True) -> None:
    """Set a node's label "gpu=on", or remove it.

    Args:
        kube: the API.
        node: the node's name in the cluster.
        labelled: whether the node has the label afterwards.
    """
    value = LABEL_VALUE if labelled else None
    kube.patch("v1", "Node", node, {"metadata": {"labels": {LABEL: value}}})


def device_annotations(kube: Kube, node: str) -> dict[str, str]:
    """Return a node's annotations that list devices. HAMi writes handshakes even on nodes without devices."""
    found = kube.get("v1", "Node", node) or {"metadata": {}}
    sharings = [each.sharing for each in vendor_profiles().values()]
    registers = {each.register for each in sharings if each is not None and each.is_registered}
    annotations = found["metadata"].get("annotations") or {}
    return {key: text for key, text in annotations.items() if key in registers}


def quantity(node: Object | None, field: str, profile: VendorProfile) -> int:
    """Return the number of a vendor's devices in a node's status.

    Args:
        node: the node; None counts as a node without devices.
        field: "capacity" or "allocatable".
        profile: the vendor.
    """
    return int(((node or {}).get("status") or {}).get(field, {}).get(profile.resource, "0"))


def has_quantity(field: str, profile: VendorProfile, count: int) -> Matcher[Any]:
    """Match a node by the number of a vendor's devices in its status; the arguments are those of `quantity`."""
    # The status omits a resource that was never offered.
    texts: list[Any] = [str(count), *([None] if count == 0 else [])]
    return has_jmespath(f'status.{field}."{profile.resource}"', is_in(texts))

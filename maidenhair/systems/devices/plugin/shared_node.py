"""The plugin's side of HAMi's protocol: register devices on the node, and allocate the shares that HAMi chose."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from maidenhair.errors import DevicesError, KubernetesError
from maidenhair.systems.devices.hami.allocation import allocate, is_being_bound
from maidenhair.systems.devices.hami.protocol import (
    BIND_TIME,
    NODE,
    node_annotations,
)
from maidenhair.systems.devices.plugin.api import PodApi
from maidenhair.systems.devices.plugin.log import log
from maidenhair.systems.devices.plugin.offer import Offer
from maidenhair.systems.devices.plugin.service import Allocated, whole
from maidenhair.systems.devices.real.container_view import Limits
from maidenhair.systems.devices.vendor_profile import VendorProfile, vendor_profiles

REPORT_SECONDS = 30.0
RETRY_SECONDS = 1.0


class SharedNode:
    """The annotations of a plugin's node and its pods. They do not change while HAMi does not share the devices.

    Args:
        api: the API.
        node: the node's name in the cluster.
    """

    def __init__(self, api: PodApi, node: str) -> None:
        self._api = api
        self._node = node
        self._others = tuple(vendor_profiles().values())
        self._reported: Offer | None = None
        self._due = 0.0

    def keep_reported(self, offer: Offer) -> None:
        """Register the offered devices on the node if they are new or were registered 30 s ago.

        After an error of the API, the next call tries again.
        """
        if not _is_shared(offer):
            self.withdraw()
            return
        if offer == self._reported and time.monotonic() < self._due:
            return
        try:
            self._annotate(_reported(offer))
            self._reported, self._due = offer, time.monotonic() + REPORT_SECONDS
        except KubernetesError as error:
            log(error)
            # The request may have succeeded, so `withdraw` must remove the annotations.
            self._reported, self._due = offer, time.monotonic() + RETRY_SECONDS

    def withdraw(self) -> None:
        """Remove the registration from the node; raise KubernetesError if the API refuses or does not answer."""
        if self._reported is not None:
            self._annotate(dict.fromkeys(_reported(self._reported)))
            self._reported = None

    def choose(self, offer: Offer, ids: Sequence[str]) -> Allocated:
        """Allocate the devices of a container.

        If HAMi shares the devices, they are those that it chose for the pod that was bound first and still waits.

        Args:
            offer: the devices of the node.
            ids: the ids of the units that kubelet chose. They count only if HAMi does not share the devices.

        Raises:
            DevicesError: no pod waits for devices, or HAMi chose a device that the node does not have.
            KubernetesError: the API refused a request, or did not answer.
        """
        if not _is_shared(offer):
            return whole(offer, ids)
        for pod in self._being_bound():
            found = allocate(self._api, pod, offer.profile, self._other_vendors(offer.profile))
            if found is not None:
                devices = {device.id: device for device in offer.devices}
                missing = [each.id for each in found.shares if each.id not in devices]
                if missing:
                    raise DevicesError(f"node {self._node} has no device {', '.join(missing)}")
                return [
                    (devices[each.id], Limits(each.memory, each.cores)) for each in found.shares
                ]
        raise DevicesError(
            f"no pod on node {self._node} waits for {offer.profile.title} devices that HAMi chose; check that HAMi "
            "scheduled the pod"
        )

    def _being_bound(self) -> list[dict[str, Any]]:
        """Return the pods on the node that wait for devices, in the order of their binding."""
        listed = self._api.read("/api/v1/pods", fieldSelector=f"spec.nodeName={self._node}")
        waiting = [
            pod
            for pod in listed["items"]
            if is_being_bound(_annotations(pod)) and _annotations(pod).get(NODE) == self._node
        ]
        return sorted(waiting, key=lambda pod: float(_annotations(pod).get(BIND_TIME, "0")))

    def _other_vendors(self, profile: VendorProfile) -> list[VendorProfile]:
        return [each for each in self._others if each.name != profile.name]

    def _annotate(self, annotations: Mapping[str, str | None]) -> None:
        self._api.patch("v1", "Node", self._node, {"metadata": {"annotations": annotations}})


def _is_shared(offer: Offer) -> bool:
    return offer.state.sharing and offer.profile.sharing is not None


def _reported(offer: Offer) -> dict[str, str | None]:
    return dict(node_annotations({offer.profile: offer.devices}, datetime.now(UTC)))


def _annotations(pod: Mapping[str, Any]) -> Mapping[str, str]:
    return pod["metadata"].get("annotations") or {}

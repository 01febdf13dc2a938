"""The registration of a real node's devices with HAMi's scheduler."""

from __future__ import annotations

from datetime import UTC, datetime

from maidenhair.kube import Kube
from maidenhair.systems.devices.hami.handshakes import write_until_read
from maidenhair.systems.devices.hami.protocol import REPORTED, handshake_text
from maidenhair.systems.devices.vendor_profile import VendorProfile


def wait_until_read(kube: Kube, node: str, profile: VendorProfile) -> None:
    """Report a vendor's registered devices, until HAMi's scheduler has certainly read them.

    It may still know the devices of another spec. For vendors without a handshake, return at once.

    Args:
        kube: the API.
        node: the node's name in the cluster.
        profile: the vendor, whose device plugin has registered its devices.

    Raises:
        WaitTimedOut: the scheduler did not look at the node in time.
    """
    sharing = profile.sharing
    if sharing is None or not sharing.handshake:
        return
    key = sharing.handshake

    def report() -> None:
        _annotate(kube, node, {key: handshake_text(REPORTED, datetime.now(UTC))})

    write_until_read(kube, node, [key], report)


def remove_registration(kube: Kube, node: str, profile: VendorProfile) -> None:
    """Remove the annotations of a device plugin that died before it could do so itself."""
    sharing = profile.sharing
    if sharing is not None:
        keys = filter(None, (sharing.register, sharing.handshake))
        _annotate(kube, node, dict.fromkeys(keys))


def _annotate(kube: Kube, node: str, annotations: dict[str, str | None]) -> None:
    kube.patch("v1", "Node", node, {"metadata": {"annotations": annotations}})

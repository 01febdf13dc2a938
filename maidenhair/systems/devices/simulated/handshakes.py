"""The handshakes of simulated nodes with HAMi's scheduler, which show what it has read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from maidenhair.kube import Kube
from maidenhair.systems.devices.hami import handshakes
from maidenhair.systems.devices.hami.protocol import REQUESTING, handshake_text
from maidenhair.systems.devices.simulated.node import SimulatedNode

# Handshakes expire after a minute. HAMi's container may use local time, up to 14 hours from UTC.
TOO_OLD = timedelta(days=1)
# HAMi answers the handshakes of these vendors on nodes without their devices, too.
ON_EVERY_NODE = ("hami.io/node-handshake-dcu", "hami.io/node-handshake-va")


def expired_handshake() -> str:
    """Return the value of a handshake that has expired, because the device plugins did not answer in time."""
    return handshake_text(REQUESTING, datetime.now(UTC) - TOO_OLD)


def handshakes_of(node: SimulatedNode) -> list[str]:
    """Return the names of the annotations with the handshakes of a node's vendors."""
    sharings = [profile.sharing for profile in node.devices]
    return [each.handshake for each in sharings if each is not None and each.handshake]


def write_until_read(
    kube: Kube,
    node: SimulatedNode,
    write: Callable[[], object],
    keys: Sequence[str] | None = None,
) -> None:
    """Write what a node's device plugins report, until HAMi's scheduler has certainly read it.

    Args:
        kube: the API.
        node: the node.
        write: writes the annotations of the node; those of handshakes with a report, or without a value.
        keys: the annotations of the handshakes. Default: those of the node's vendors.

    Raises:
        WaitTimedOut: the scheduler did not look at the node in time.
    """
    keys = handshakes_of(node) if keys is None else keys
    handshakes.write_until_read(kube, node.full_name, keys, write, _shown(node))


def annotate_until_seen(kube: Kube, node: SimulatedNode, annotations: Mapping[str, str]) -> None:
    """Annotate a node whose device plugins do not report, and wait until HAMi's scheduler has looked at it twice.

    The handshake of a vendor that has no devices on the node shows that, because HAMi may not answer those of the
    node's own vendors.

    Args:
        kube: the API.
        node: the node.
        annotations: the annotations; may be empty.

    Raises:
        WaitTimedOut: the scheduler did not look at the node in time.
    """
    foreign = _foreign_handshake(node)
    body = {"metadata": {"annotations": {**annotations, foreign: None}}}
    write_until_read(kube, node, lambda: kube.patch("v1", "Node", node.full_name, body), [foreign])


def register_change(kube: Kube, node: SimulatedNode) -> None:
    """Register devices that have changed as device plugins do, and wait until HAMi's scheduler has read it.

    HAMi reads the registration of vendors such as NVIDIA without a report when it changes. The missing handshake of
    another vendor, which has no devices on the node, shows that HAMi has looked at the node.

    Args:
        kube: the API.
        node: the node, with the changed devices.

    Raises:
        WaitTimedOut: the scheduler did not look at the node in time.
    """
    silent = [
        profile.sharing.handshake
        for profile in node.devices
        if profile.sharing and profile.sharing.rules.get("follows_allocatable")
    ]
    keys = [key for key in handshakes_of(node) if key not in silent]
    missing = [] if keys else [_foreign_handshake(node)]

    def write() -> None:
        annotations = {**dict.fromkeys(missing), **node.registration(datetime.now(UTC))}
        own = {key: value for key, value in annotations.items() if key not in silent}
        kube.patch("v1", "Node", node.full_name, {"metadata": {"annotations": own}})

    write_until_read(kube, node, write, keys or missing)


def _shown(node: SimulatedNode) -> str:
    return f"simulated node {node.name}"


def _foreign_handshake(node: SimulatedNode) -> str:
    """Return the annotation with the handshake of a vendor that has no devices on a node. HAMi answers it as well."""
    own = handshakes_of(node)
    return next(each for each in ON_EVERY_NODE if each not in own)

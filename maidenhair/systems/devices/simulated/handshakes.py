"""The handshakes of simulated nodes with HAMi's scheduler, which show what it has read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from hamcrest import all_of, not_, starts_with

from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.devices.hami.protocol import REQUESTING, handshake_text
from maidenhair.systems.devices.simulated.node import SimulatedNode
from maidenhair.waiting import eventually

# HAMi looks at all nodes every 15 seconds, and twice at those whose devices are gone.
READ_SECONDS = 60.0
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


def foreign_handshake(node: SimulatedNode) -> str:
    """Return the annotation with the handshake of a vendor that has no devices on a node. HAMi answers it as well."""
    own = handshakes_of(node)
    return next(each for each in ON_EVERY_NODE if each not in own)


def write_until_read(
    kube: Kube,
    node: SimulatedNode,
    write: Callable[[], object],
    keys: Sequence[str] | None = None,
) -> None:
    """Write what device plugins report about a node, until HAMi's scheduler has certainly read it.

    Args:
        kube: the API.
        node: the node.
        write: writes the annotations of the node; those of handshakes with a report, or without a value.
        keys: the annotations of the handshakes. Default: those of the node's vendors.

    Raises:
        WaitTimedOut: the scheduler did not look at the node in time.
    """
    # The first request may be that of a look that had begun before.
    for _ in range(2):
        write()
        wait_until_read(kube, node, keys)


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
    missing = [] if keys else [foreign_handshake(node)]

    def write() -> None:
        annotations = {**dict.fromkeys(missing), **node.registration(datetime.now(UTC))}
        kept = {key: value for key, value in annotations.items() if key not in silent}
        kube.patch("v1", "Node", node.full_name, {"metadata": {"annotations": kept}})

    write_until_read(kube, node, write, keys or missing)


def wait_until_read(
    kube: Kube, node: SimulatedNode, keys: Sequence[str] | None = None, but_not: str = ""
) -> None:
    """Wait until HAMi's scheduler has read the registration of a node's devices, or that it is gone.

    The scheduler reads it when a handshake is reported or missing. It then writes that it requests the next one. For
    vendors without a handshake, return at once.

    Args:
        kube: the API.
        node: the node.
        keys: the annotations of the handshakes. Default: those of the node's vendors.
        but_not: the beginning of a request that the scheduler did not write.

    Raises:
        WaitTimedOut: the scheduler did not look at the node in time.
    """
    expected = starts_with(REQUESTING)
    if but_not:
        expected = all_of(expected, not_(starts_with(but_not)))
    answered = [
        has_jmespath(f'metadata.annotations."{key}"', expected)
        for key in (handshakes_of(node) if keys is None else keys)
    ]
    if not answered:
        return
    with WatchedObject(kube, "v1", "Node", node.full_name) as watched:
        eventually(
            watched,
            all_of(*answered),
            within=READ_SECONDS,
            described_as=f"HAMi to read the devices of simulated node {node.name}",
        )

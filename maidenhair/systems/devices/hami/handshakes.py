"""The handshakes of device plugins with HAMi's scheduler, which show what it has read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hamcrest import all_of, starts_with

from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.devices.hami.protocol import REQUESTING
from maidenhair.waiting import eventually

# HAMi looks at all nodes every 15 seconds.
READ_SECONDS = 60.0


def write_until_read(
    kube: Kube, node: str, keys: Sequence[str], write: Callable[[], object], shown: str = ""
) -> None:
    """Write what device plugins report about a node, until HAMi's scheduler has certainly read it.

    Args:
        kube: the API.
        node: the node's name in the cluster.
        keys: the node's annotations with the handshakes. Without any, the report is written once.
        write: writes the annotations of the node; those of handshakes with a report, or without a value.
        shown: the node in messages; default: its name in the cluster.

    Raises:
        WaitTimedOut: the scheduler did not look at the node in time.
    """
    # The first request may be that of a look that had begun before.
    for _ in range(2 if keys else 1):
        write()
        wait_until_read(kube, node, keys, shown)


def wait_until_read(kube: Kube, node: str, keys: Sequence[str], shown: str = "") -> None:
    """Wait until HAMi's scheduler has read the registration of a node's devices, or that it is gone.

    The scheduler reads it when a handshake is reported or missing. It then writes that it requests the next one.

    Args:
        kube: the API.
        node: the node's name in the cluster.
        keys: the node's annotations with the handshakes. Without any, return at once.
        shown: the node in messages; default: its name in the cluster.

    Raises:
        WaitTimedOut: the scheduler did not look at the node in time.
    """
    if not keys:
        return
    answered = [
        has_jmespath(f'metadata.annotations."{key}"', starts_with(REQUESTING)) for key in keys
    ]
    with WatchedObject(kube, "v1", "Node", node) as watched:
        eventually(
            watched,
            all_of(*answered),
            within=READ_SECONDS,
            described_as=f"HAMi to read the devices of {shown or f'node {node}'}",
        )

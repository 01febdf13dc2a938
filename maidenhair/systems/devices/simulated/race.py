"""Races of pods for a share that only one of them can get."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from hamcrest import all_of, any_of, has_item, has_length, only_contains

from maidenhair.kube import Kube
from maidenhair.kube.pod import is_running, is_unschedulable
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.systems.devices.device_nodes import DeviceNodes
from maidenhair.systems.devices.pod_request import Container, PodRequest
from maidenhair.systems.devices.pods.pod import DevicePod
from maidenhair.waiting import eventually

ROUND_SECONDS = 60.0


def race(
    kube: Kube,
    namespace: str,
    nodes: DeviceNodes,
    limits: Mapping[str, str],
    pods: int,
    rounds: int,
) -> list[int]:
    """Create equal pods at the same time, in several rounds.

    A round ends when at least one pod is Running and every other pod is Running or unschedulable.

    Args:
        kube: the API.
        namespace: the pods' namespace, which contains no other pods.
        nodes: the nodes that the pods may run on.
        limits: the resource limits of each pod.
        pods: the number of pods in a round.
        rounds: the number of rounds.

    Returns:
        The number of pods that got a node, for each round.

    Raises:
        WaitTimedOut: a round did not end.
    """
    winners = []
    settled = any_of(is_running(), is_unschedulable())
    request = PodRequest([Container(limits)])
    with WatchedObjects(kube, "v1", "Pod", namespace) as watched, ThreadPoolExecutor(pods) as pool:
        for number in range(rounds):
            racers = [
                DevicePod(kube, namespace, f"racer-{number}-{each}", nodes) for each in range(pods)
            ]
            list(pool.map(lambda racer: racer.create(request), racers))
            found = eventually(
                watched,
                all_of(
                    has_length(pods),
                    only_contains(settled),
                    has_item(is_running()),
                ),
                within=ROUND_SECONDS,
                described_as=f"round {number + 1} of the race to be decided",
            )
            winners.append(sum(bool(each["spec"].get("nodeName")) for each in found))
            list(pool.map(DevicePod.delete, racers))
    return winners

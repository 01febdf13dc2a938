"""Pods that race for a share that only one of them can have."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from hamcrest import all_of, any_of, equal_to, has_item, has_length, only_contains
from hamcrest.core.matcher import Matcher

from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.systems.devices.real.device_pods import is_running
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.devices.simulated.fleet_pods import FleetPod, PodRequest
from maidenhair.waiting import eventually

ROUND_SECONDS = 60.0


def race(
    kube: Kube, namespace: str, fleet: Fleet, limits: Mapping[str, str], pods: int, rounds: int
) -> list[int]:
    """Have pods ask for the same at the same time, again and again; return how many got it, round by round.

    A round ends when each of its pods runs or was told that it cannot be placed.

    Args:
        kube: the API.
        namespace: the pods' namespace, in which no others are.
        fleet: the nodes.
        limits: what each pod asks for.
        pods: how many race.
        rounds: how often.

    Raises:
        WaitTimedOut: nobody got it, or somebody was told nothing.
    """
    winners = []
    with WatchedObjects(kube, "v1", "Pod", namespace) as watched, ThreadPoolExecutor(pods) as pool:
        for number in range(rounds):
            racers = [
                FleetPod(kube, namespace, f"racer-{number}-{each}", fleet) for each in range(pods)
            ]
            list(pool.map(lambda racer: racer.submit(PodRequest([limits])), racers))
            found = eventually(
                watched,
                all_of(has_length(pods), only_contains(_is_settled()), has_item(is_running())),
                within=ROUND_SECONDS,
                described_as=f"round {number + 1} of the race to be decided",
            )
            winners.append(sum(bool(each["spec"].get("nodeName")) for each in found))
            list(pool.map(FleetPod.delete, racers))
    return winners


def _is_settled() -> Matcher[object]:
    condition = "status.conditions[?type == 'PodScheduled'].reason | [0]"
    return any_of(is_running(), has_jmespath(condition, equal_to("Unschedulable")))

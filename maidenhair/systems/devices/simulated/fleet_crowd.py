"""Many pods on simulated nodes at once."""

from __future__ import annotations

from collections.abc import Mapping

from maidenhair.kube import Kube
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.systems.devices.concurrent import do_each, wait_for_each
from maidenhair.systems.devices.real.device_pods import is_running
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.devices.simulated.fleet_pods import FleetPod, PodRequest

ALL_RUN_SECONDS = 600.0


def submit_all(
    kube: Kube, namespace: str, fleet: Fleet, requests: Mapping[str, PodRequest]
) -> None:
    """Make a pod of each name; raises ApiRefused where one is refused.

    Args:
        kube: the API.
        namespace: their namespace.
        fleet: the nodes.
        requests: what each asks for, by its name.
    """
    do_each(lambda name: FleetPod(kube, namespace, name, fleet).submit(requests[name]), requests)


def wait_until_all_run(
    kube: Kube, namespace: str, fleet: Fleet, names: list[str]
) -> dict[str, str | None]:
    """Wait until each of some pods runs; return the names that the spec calls their nodes by.

    Raises:
        WaitTimedOut: some did not run; the text names them.
    """
    with WatchedObjects(kube, "v1", "Pod", namespace) as watched:
        wait_for_each(
            watched,
            names,
            is_running().matches,
            within=ALL_RUN_SECONDS,
            described_as=f"{len(names)} pods of Namespace {namespace} to run",
        )
        pods = {each["metadata"]["name"]: each for each in watched.read()}
    return {name: fleet.name_of(pods[name]["spec"]["nodeName"]) for name in names}

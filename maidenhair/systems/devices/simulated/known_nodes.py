"""Waiting until a scheduler knows new nodes."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import has_condition
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.devices.hami.installation import SCHEDULER
from maidenhair.systems.devices.pod_request import Placement
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.waiting import eventually

KNOWN_SECONDS = 60.0
A_FEW = 8


def wait_until_known(kube: Kube, namespace: str, fleet: Fleet) -> None:
    """Wait until the scheduler has placed a pod on each node of a fleet of a few, and delete the pods.

    A scheduler hears of nodes and of pods in different streams. A pod that may run on several nodes goes to one that
    the scheduler knows already, whatever the policy of the pod says about the others.

    Args:
        kube: the API.
        namespace: the namespace of the pods.
        fleet: the nodes. With one node, or with more than eight, return at once.

    Raises:
        WaitTimedOut: the scheduler did not place a pod in time.
    """
    if not 1 < len(fleet.nodes) <= A_FEW:
        return
    placement = fleet.placement
    scheduler = SCHEDULER if any(map(fleet.reports, fleet.nodes)) else None
    with ExitStack() as pods:
        names = []
        for node in fleet.nodes.values():
            made = kube.create(_pod(namespace, node.full_name, placement, scheduler))
            names.append(made["metadata"]["name"])
            delete = partial(kube.delete, "v1", "Pod", names[-1], namespace)
            pods.callback(delete, grace_period_seconds=0)
        for name in names:
            with WatchedObject(kube, "v1", "Pod", name, namespace) as pod:
                eventually(
                    pod,
                    has_condition("PodScheduled"),
                    within=KNOWN_SECONDS,
                    described_as=f"the scheduler to place Pod {namespace}/{name}",
                )


def _pod(namespace: str, node: str, placement: Placement, scheduler: str | None) -> Object:
    own = {"kubernetes.io/hostname": node}
    selector = placement.pod.get("nodeSelector")
    named = {"schedulerName": scheduler} if scheduler else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": "known-",
            "namespace": namespace,
            "labels": dict(placement.labels),
        },
        "spec": {
            **placement.pod,
            **named,
            "nodeSelector": {**(selector if isinstance(selector, dict) else {}), **own},
            "containers": [{"name": "main", "image": placement.image}],
        },
    }

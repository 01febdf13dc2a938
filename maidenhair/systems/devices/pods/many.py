"""Create many pods that request devices, and wait for many pods or the pods of a Deployment."""

from __future__ import annotations

from collections.abc import Mapping

from hamcrest import all_of, has_length, only_contains

from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.pod import is_running
from maidenhair.kube.watch.watched import WatchedObjects
from maidenhair.systems.devices.concurrent import do_each, wait_for_each
from maidenhair.systems.devices.device_nodes import DeviceNodes
from maidenhair.systems.devices.pod_request import PodRequest
from maidenhair.systems.devices.pods.pod import DevicePod
from maidenhair.waiting import eventually

RUNNING_SECONDS, RUNNING_SECONDS_PER_POD = 60.0, 0.5
"""The longest wait for many pods: a part that does not depend on their number, and one for each."""
DEPLOYMENT_SECONDS = 90.0
MOVED_SECONDS = 180.0


def copies_of(name: str, count: str | None) -> list[str]:
    """Return the names of the copies of a pod or node.

    Args:
        name: the name without a number.
        count: the number of copies, in digits; None for a single object, which has the name without a number.

    Example:
        >>> copies_of("user", "2")
        ['user-1', 'user-2']
        >>> copies_of("user", None)
        ['user']
    """
    return [name] if count is None else [f"{name}-{each + 1}" for each in range(int(count))]


def create_all(
    kube: Kube, namespace: str, nodes: DeviceNodes, requests: Mapping[str, PodRequest]
) -> dict[str, ApiRefused]:
    """Create several pods at once; return the refusals of those that the API refused, by name.

    Args:
        kube: the API.
        namespace: the pods' namespace.
        nodes: the nodes that the pods may run on.
        requests: the pods, by name.

    Raises:
        KubernetesError: the API did not answer.
    """
    refusals: dict[str, ApiRefused] = {}

    def create(name: str) -> None:
        try:
            DevicePod(kube, namespace, name, nodes).create(requests[name])
        except ApiRefused as refusal:
            refusals[name] = refusal

    do_each(create, requests)
    return refusals


def wait_until_all_run(
    kube: Kube, namespace: str, nodes: DeviceNodes, names: list[str]
) -> dict[str, str | None]:
    """Wait until all pods of these names are Running.

    Returns:
        The name of each pod's node in the spec, by the pod's name.

    Raises:
        WaitTimedOut: some pods are not Running. The message names them.
    """
    with WatchedObjects(kube, "v1", "Pod", namespace) as watched:
        wait_for_each(
            watched,
            names,
            is_running().matches,
            within=RUNNING_SECONDS + len(names) * RUNNING_SECONDS_PER_POD,
            described_as=f"{len(names)} pods of Namespace {namespace} to be Running",
        )
        pods = {each["metadata"]["name"]: each for each in watched.read()}
    return {name: nodes.name_of(pods[name]["spec"]["nodeName"]) for name in names}


def wait_for_deployment(
    kube: Kube, namespace: str, name: str, pods: int, node: str | None = None
) -> None:
    """Wait until a Deployment has exactly this number of pods and all are Running.

    Args:
        kube: the API.
        namespace: the Deployment's namespace.
        name: the Deployment's name.
        pods: the number of pods.
        node: the name in the cluster of the node that must run all pods. Default: any node.

    Raises:
        WaitTimedOut: the Deployment has more or fewer pods, or some are not Running on the node.
    """
    # Pods of a deleted node stay Running in the API until Kubernetes deletes them.
    runs = (
        is_running() if node is None else all_of(is_running(), has_jmespath("spec.nodeName", node))
    )
    place = "" if node is None else f" on Node {node}"
    with WatchedObjects(kube, "v1", "Pod", namespace, f"app={name}") as watched:
        eventually(
            watched,
            all_of(has_length(pods), only_contains(runs)),
            within=DEPLOYMENT_SECONDS if node is None else MOVED_SECONDS,
            described_as=f"{pods} pods of Deployment {namespace}/{name} to be Running{place}",
        )

"""The nodes of a kind cluster in its API: their states, and waits for them and for DNS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from maidenhair.clusters.polling import wait_until
from maidenhair.clusters.provider import NodeState
from maidenhair.errors import KubernetesError
from maidenhair.kube import Kube, Object
from maidenhair.kube.objects import condition, is_true

READY_SECONDS = 300.0


def await_nodes(kube: Kube, names: Iterable[str], since: datetime | None = None) -> None:
    """Wait until nodes are Ready.

    Args:
        kube: the API.
        names: the nodes' names.
        since: a time after which the nodes' kubelets must have renewed their Leases; default: any time.

    Raises:
        ClusterError: a node is not Ready after `READY_SECONDS`.
    """
    ordered = sorted(names)
    wait_until(
        lambda: next(filter(None, (_problem(kube, name, since) for name in ordered)), ""),
        READY_SECONDS,
        f"{', '.join(ordered)} to be Ready",
    )


def await_dns(kube: Kube) -> None:
    """Wait until a DNS server of the cluster is available, because pods need DNS to find services.

    Raises:
        ClusterError: none is available after `READY_SECONDS`.
    """

    def problem() -> str:
        try:
            deployment = kube.get("apps/v1", "Deployment", "coredns", "kube-system") or {}
        except KubernetesError as error:
            return str(error)
        status = deployment.get("status", {})
        available = status.get("availableReplicas")
        return "" if available else f"the status of Deployment kube-system/coredns is {status}"

    wait_until(problem, READY_SECONDS, "the cluster's DNS to be available")


def node_states(kube: Kube, containers: Mapping[str, str]) -> Iterator[NodeState]:
    """Yield the state of each node: its container's, or the API's if the container runs.

    Args:
        kube: the API.
        containers: the state of each node's container, by the node's name.
    """
    for name, state in containers.items():
        if state != "running":
            yield NodeState(name, state)
            continue
        try:
            yield NodeState(name, *readiness(kube.get("v1", "Node", name)))
        except KubernetesError as error:
            yield NodeState(name, "unknown", str(error))


def readiness(node: Object | None) -> tuple[str, str]:
    """Return a node's state, "Ready", "NotReady" or "unknown", and the reason if it is not Ready."""
    if node is None:
        return "unknown", "the API server does not know it"
    ready = condition(node, "Ready")
    if ready is None:
        return "unknown", "it has no condition Ready"
    if is_true(ready):
        return "Ready", ""
    state = "NotReady" if ready["status"] == "False" else "unknown"
    return state, f"{ready.get('reason')}: {ready.get('message')}"


def _problem(kube: Kube, name: str, since: datetime | None) -> str:
    try:
        state, reason = readiness(kube.get("v1", "Node", name))
        if state == "Ready" and since is not None and _last_renewal(kube, name) < since:
            return f"the kubelet of {name} has not renewed its Lease yet"
    except KubernetesError as error:
        return str(error)
    return "" if state == "Ready" else f"node {name} is {state}: {reason}"


def _last_renewal(kube: Kube, name: str) -> datetime:
    lease = kube.get("coordination.k8s.io/v1", "Lease", name, "kube-node-lease") or {}
    renewed: str | None = lease.get("spec", {}).get("renewTime")
    return datetime.fromisoformat(renewed) if renewed else datetime.fromtimestamp(0, UTC)

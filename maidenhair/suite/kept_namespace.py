"""How to look at what a failed spec kept, and how to remove it."""

from __future__ import annotations

import shlex

from maidenhair.clusters.existing import ExistingProvider
from maidenhair.clusters.provider import Cluster
from maidenhair.config.cluster import Settings


def told(settings: Settings, cluster: Cluster, namespace: str) -> str:
    """Return the commands for a namespace that is kept.

    Args:
        settings: those of the run.
        cluster: where it is.
        namespace: the namespace.
    """
    # Of several kubeconfigs, kubectl takes a list in the variable alone.
    kubectl = shlex.join(
        ["env", f"KUBECONFIG={cluster.kubeconfig}", "kubectl", f"--context={cluster.context}"]
    )
    kubectl = f"{kubectl} --namespace={namespace}"
    return "\n".join(
        [
            f"Namespace {namespace} is kept, and nothing of its spec is undone. To look at it:",
            f"  {kubectl} get all",
            f"  {kubectl} get events --sort-by=.lastTimestamp",
            f"  {kubectl} describe pods",
            "To remove it, and what its spec made outside of it:",
            f"  {removal(settings, cluster, namespace)}",
        ]
    )


def removal(settings: Settings, cluster: Cluster, namespace: str) -> str:
    """Return the command that removes a namespace that is kept."""
    if settings.provider == ExistingProvider.name:
        where = ["--provider=existing", f"--context={cluster.context}"]
        if settings.kubeconfig:
            where.append(f"--kubeconfig={settings.kubeconfig}")
    else:
        where = [f"--name={cluster.name}"]
        # A cluster is found only by the configuration that it was made with.
        given = {"profile": settings.profile, "nodes": settings.nodes}
        usual = vars(Settings())
        where += [f"--{name}={value}" for name, value in given.items() if value != usual[name]]
    return shlex.join(["maidenhair", "sweep", *where, namespace])

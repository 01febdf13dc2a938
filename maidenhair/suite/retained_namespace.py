"""The commands that show and remove the retained namespace of a failed spec."""

from __future__ import annotations

import shlex

from maidenhair.clusters.existing import ExistingProvider
from maidenhair.clusters.provider import Cluster
from maidenhair.config.cluster import Settings


def instructions(settings: Settings, cluster: Cluster, namespace: str) -> str:
    """Return the commands that show and remove a retained namespace.

    Args:
        settings: the settings of the run.
        cluster: the cluster of the namespace.
        namespace: the name of the namespace.
    """
    # The variable, and not the flag, because only the variable takes several files.
    kubectl = shlex.join(
        ["env", f"KUBECONFIG={cluster.kubeconfig}", "kubectl", f"--context={cluster.context}"]
    )
    kubectl = f"{kubectl} --namespace={namespace}"
    return "\n".join(
        [
            f"Namespace {namespace} is retained, and the cleanups of its spec did not run. To inspect it:",
            f"  {kubectl} get all",
            f"  {kubectl} get events --sort-by=.lastTimestamp",
            f"  {kubectl} describe pods",
            "To remove it, and what its spec created outside of it:",
            f"  {sweep_command_of(settings, cluster, namespace)}",
        ]
    )


def sweep_command_of(settings: Settings, cluster: Cluster, namespace: str) -> str:
    """Return the command that removes a retained namespace."""
    if settings.provider == ExistingProvider.name:
        where = ["--provider=existing", f"--context={cluster.context}"]
        if settings.kubeconfig:
            where.append(f"--kubeconfig={settings.kubeconfig}")
    else:
        where = [f"--name={cluster.name}"]
        # A cluster is found only with the settings that it was created with.
        chosen = {"profile": settings.profile, "nodes": settings.nodes}
        defaults = vars(Settings())
        where += [f"--{name}={value}" for name, value in chosen.items() if value != defaults[name]]
    return shlex.join(["maidenhair", "sweep", *where, namespace])

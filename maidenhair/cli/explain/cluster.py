"""The cluster that `maidenhair explain` reads: that of a kubeconfig, or one that maidenhair started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maidenhair._util.progress import Progress
from maidenhair.cli.options import active_kinds
from maidenhair.clusters.existing import ExistingProvider, kubeconfig_files
from maidenhair.clusters.registry import provider_for
from maidenhair.config import Settings, load_settings
from maidenhair.errors import ClusterError
from maidenhair.kube import Kube
from maidenhair.systems.deployment import Systems


@contextmanager
def open_cluster(kubeconfig: str | None, context: str | None, name: str | None) -> Iterator[Kube]:
    """Open the cluster that the arguments or the settings choose. Nothing is written to it.

    Without arguments it is the cluster of `KUBECONFIG`, otherwise the running cluster of maidenhair, otherwise the one
    of kubectl's kubeconfig.

    Args:
        kubeconfig: the kubeconfig file.
        context: the context of the kubeconfig.
        name: the name of a cluster that maidenhair started.

    Raises:
        ConfigurationError: a setting is wrong, or there is no kubeconfig.
        ClusterError: there is no cluster of that name.
    """
    explicit = {"kubeconfig": kubeconfig, "context": context, "cluster_name": name}
    if kubeconfig or context:
        explicit["provider"] = ExistingProvider.name
    settings = load_settings(explicit, systems=active_kinds())
    kube = _open(settings, name)
    try:
        yield kube
    finally:
        kube.close()


def _open(settings: Settings, name: str | None) -> Kube:
    knowledge = Systems.of(settings).knowledge
    is_chosen = settings.provider == ExistingProvider.name
    may_be_own = settings.provider is not None or name or not os.environ.get("KUBECONFIG")
    if not is_chosen and may_be_own:
        cluster = provider_for(settings, Progress()).find()
        if cluster is not None:
            paths = (cluster.kubeconfig, cluster.context, cluster.kubectl)
            return Kube.from_kubeconfig(*paths, knowledge)
        if settings.provider is not None or name:
            raise ClusterError(
                f"there is no cluster {settings.cluster_name!r}; choose another with --name, or one of a kubeconfig "
                "with --kubeconfig or --context"
            )
    files = kubeconfig_files(settings.kubeconfig, os.environ)
    path = Path(os.pathsep.join(map(str, files)))
    return Kube.from_kubeconfig(path, settings.context, knowledge=knowledge)

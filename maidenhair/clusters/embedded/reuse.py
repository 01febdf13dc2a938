"""Whether a cluster that runs is the one that is wanted."""

from __future__ import annotations

from maidenhair.clusters.embedded.layout import Layout
from maidenhair.clusters.embedded.record import Record
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError


def check_same(
    layout: Layout, record: Record, settings: Settings, python: str | None = None
) -> None:
    """Refuse a cluster of another configuration than the settings'.

    Args:
        layout: the cluster's name.
        record: what it was made of.
        settings: what is wanted.
        python: the wanted folder of torch and SkyTorch, if it counts.

    Raises:
        ClusterError: it is another; the text lists every difference.
    """
    pairs = {
        "profile": (record.profile, settings.profile),
        "nodes": (record.nodes, settings.nodes if settings.profile == "node" else 0),
        "kubernetes_version": (record.kubernetes_version, settings.kubernetes_version),
        "torch and SkyTorch in containers": (record.python, python or record.python),
    }
    different = [
        f"  {what}: it has {has}, {wanted} is wanted"
        for what, (has, wanted) in pairs.items()
        if has != wanted
    ]
    if different:
        raise ClusterError(
            f"cluster {layout.name!r} runs, but not as it is wanted:\n"
            + "\n".join(different)
            + f"\nremove it (`maidenhair cluster down --name {layout.name}`) or choose another name "
            "(--name, MAIDENHAIR_CLUSTER_NAME)"
        )

"""What a cluster was made of, as kept in its folder from before its first process starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from maidenhair._util.files import write_atomically
from maidenhair.clusters.embedded.layout import Layout
from maidenhair.clusters.folder import read_values
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError


@dataclass(frozen=True)
class Record:
    """A cluster's record.

    Attributes:
        profile: "api" or "node".
        nodes: how many nodes it has; 0 for the API alone.
        kubernetes_version: the version that was asked for.
        kubectl: the kubectl that goes with it.
        ctr: containerd's client, which loads images; None without nodes.
        mounts: the folders of this machine that containers see, by their path there; None where an earlier version of
            this program wrote the record, which did not say.
        stays: whether only `down` removes the cluster, not the end of its last user.
        network: the index of its network; None without nodes, and before it was chosen.
        complete: whether it came up.
    """

    profile: str
    nodes: int
    kubernetes_version: str
    kubectl: str
    ctr: str | None
    mounts: Mapping[str, str] | None
    stays: bool
    network: int | None = None
    complete: bool = False


def read_record(path: Path) -> Record | None:
    """Return the record in a file, None if there is none, or one that another version of this program wrote."""
    values = read_values(path, Record, earlier={"mounts": None})
    return None if values is None else Record(**values)


def write_record(path: Path, record: Record) -> None:
    """Write a record, whole or not at all."""
    write_atomically(path, json.dumps(asdict(record)))


def check_same(
    layout: Layout,
    record: Record,
    settings: Settings,
    mounts: Mapping[str, str] | None = None,
) -> None:
    """Refuse a cluster of another configuration than the settings'.

    Args:
        layout: the cluster's name.
        record: what it was made of.
        settings: the requested configuration.
        mounts: the requested folders in containers, by their path there; None if they do not count.

    Raises:
        ClusterError: it is another; the text lists every difference.
    """
    pairs: dict[str, tuple[object, object]] = {
        "profile": (record.profile, settings.profile),
        "nodes": (record.nodes, settings.nodes if settings.profile == "node" else 0),
        "kubernetes_version": (record.kubernetes_version, settings.kubernetes_version),
        **_mount_pairs(record.mounts, record.mounts if mounts is None else mounts),
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


def _mount_pairs(
    has: Mapping[str, str] | None, wanted: Mapping[str, str] | None
) -> dict[str, tuple[object, object]]:
    """Return what containers have and should have, by what it is."""
    if has is None:
        earlier = "what an earlier version of maidenhair mounted"
        return {"folders in containers": (earlier, "what this version mounts")}
    paths = sorted({*has, *(wanted or {})})
    return {
        f"{path} in containers": (has.get(path, "nothing"), (wanted or {}).get(path, "nothing"))
        for path in paths
    }

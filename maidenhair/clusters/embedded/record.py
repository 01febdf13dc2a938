"""What a cluster was made of, as kept in its folder from before its first process starts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from maidenhair.clusters.embedded.layout import Layout
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
        python: the folder of torch and SkyTorch that containers see; None without nodes.
        stays: whether only `down` removes the cluster, not the end of its last user.
        network: the index of its network; None without nodes, and before it was chosen.
        complete: whether it came up.
    """

    profile: str
    nodes: int
    kubernetes_version: str
    kubectl: str
    ctr: str | None
    python: str | None
    stays: bool
    network: int | None = None
    complete: bool = False


def read_record(path: Path) -> Record | None:
    """Return the record in a file, None if there is none, or one that another version of this program wrote."""
    try:
        values: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    if set(values) != {field.name for field in fields(Record)}:
        return None
    return Record(**values)


def write_record(path: Path, record: Record) -> None:
    """Write a record, whole or not at all."""
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(record)))
    temporary.replace(path)


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

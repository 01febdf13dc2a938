"""The record of an embedded cluster's configuration. It is written before the cluster's first process starts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from maidenhair._util.files import write_atomically
from maidenhair.clusters.embedded.layout import Layout
from maidenhair.clusters.folder import read_values
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError


@dataclass(frozen=True)
class Record:
    """The record of a cluster.

    Attributes:
        profile: "api" or "node".
        nodes: the number of nodes; 0 for profile "api".
        kubernetes_version: the requested version of Kubernetes.
        kubectl: the path of the kubectl that fits the cluster.
        ctr: the path of containerd's client, which loads images; None without nodes.
        mounts: the folders of this machine that are mounted into containers; maps the path in the container to the
            folder. None if an earlier version of maidenhair wrote the record.
        stays: whether the cluster stays after its last user, until `down`.
        feature_gates: the feature gates of its Kubernetes, such as "SomeFeature=true".
        network: the index of its network; None without nodes, and until the network is chosen.
        complete: whether the cluster came up.
    """

    profile: str
    nodes: int
    kubernetes_version: str
    kubectl: str
    ctr: str | None
    mounts: Mapping[str, str] | None
    stays: bool
    feature_gates: Sequence[str] = ()
    network: int | None = None
    complete: bool = False


def read_record(path: Path) -> Record | None:
    """Read a record; None if the file does not exist or another version of maidenhair wrote it."""
    values = read_values(path, Record, earlier={"mounts": None, "feature_gates": []})
    if values is None:
        return None
    return Record(**{**values, "feature_gates": tuple(values["feature_gates"])})


def write_record(path: Path, record: Record) -> None:
    """Write a record atomically."""
    write_atomically(path, json.dumps(asdict(record)))


def check_same(
    layout: Layout,
    record: Record,
    settings: Settings,
    mounts: Mapping[str, str] | None = None,
) -> None:
    """Check that a running cluster has the requested configuration.

    Args:
        layout: the cluster's layout.
        record: the cluster's record.
        settings: the requested configuration.
        mounts: the requested mounts; maps the path in the container to the folder. None skips their check.

    Raises:
        ClusterError: the configurations differ; the message lists every difference.
    """
    pairs: dict[str, tuple[object, object]] = {
        "profile": (record.profile, settings.profile),
        "nodes": (record.nodes, settings.nodes if settings.profile == "node" else 0),
        "kubernetes_version": (record.kubernetes_version, settings.kubernetes_version),
        "feature_gates": (_listed(record.feature_gates), _listed(settings.feature_gates)),
        **_mount_pairs(record.mounts, record.mounts if mounts is None else mounts),
    }
    different = [
        f"  {name}: {current} (requested: {requested})"
        for name, (current, requested) in pairs.items()
        if current != requested
    ]
    if different:
        raise ClusterError(
            f"cluster {layout.name!r} runs with another configuration than requested:\n"
            + "\n".join(different)
            + f"\nremove it with `maidenhair cluster down --name {layout.name}`, or choose another name with "
            "--name or MAIDENHAIR_CLUSTER_NAME"
        )


def _listed(gates: Sequence[str]) -> str:
    return ", ".join(gates) or "none"


def _mount_pairs(
    current: Mapping[str, str] | None, requested: Mapping[str, str] | None
) -> dict[str, tuple[object, object]]:
    """Return the current and the requested folder of each mount, by a label of the mount."""
    if current is None:
        return {"mounts": ("those of an earlier version of maidenhair", "those of this version")}
    new = requested or {}
    return {
        f"mount {path}": (current.get(path, "none"), new.get(path, "none"))
        for path in sorted({*current, *new})
    }

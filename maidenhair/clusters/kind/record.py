"""The record of a kind cluster's configuration. It is written before the cluster's first container starts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from maidenhair._util.files import write_atomically
from maidenhair.clusters.folder import read_values
from maidenhair.clusters.kind.configuration import Configuration


@dataclass(frozen=True)
class Record:
    """The record of a cluster.

    Attributes:
        engine: "docker" or "podman".
        configuration: the name of its configuration.
        digest: the digest of the configuration's content.
        image: the node image.
        workers: the number of nodes that run pods.
        kubectl: the path of the kubectl that fits the cluster.
        kind: the path of the kind that created it.
        stays: whether the cluster stays after its last user, until `down`.
        stopped: the names of the nodes that were stopped on purpose.
        complete: whether the cluster came up.
    """

    engine: str
    configuration: str
    digest: str
    image: str
    workers: int
    kubectl: str
    kind: str
    stays: bool
    stopped: tuple[str, ...] = ()
    complete: bool = False

    def difference(self, requested: Configuration) -> str:
        """Describe how the cluster differs from the requested configuration; an empty text if it does not."""
        pairs = {
            "configuration": (self.configuration, requested.name),
            "node image": (self.image, requested.image),
        }
        different = [
            f"{name} {current} (requested: {new})"
            for name, (current, new) in pairs.items()
            if current != new
        ]
        if self.configuration == requested.name and self.digest != requested.digest:
            different.append(f"an earlier content of configuration {requested.name}")
        return ", ".join(different)


def read_record(path: Path) -> Record | None:
    """Read a record; None if the file does not exist or another version of maidenhair wrote it."""
    values = read_values(path, Record)
    return None if values is None else Record(**{**values, "stopped": tuple(values["stopped"])})


def write_record(path: Path, record: Record) -> None:
    """Write a record atomically."""
    write_atomically(path, json.dumps(asdict(record)))

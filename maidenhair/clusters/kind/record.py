"""What a kind cluster was made of, as kept in its folder from before its first container starts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from maidenhair._util.files import write_atomically
from maidenhair.clusters.folder import read_values
from maidenhair.clusters.kind.configuration import Configuration


@dataclass(frozen=True)
class Record:
    """A cluster's record.

    Attributes:
        engine: "docker" or "podman".
        configuration: the name of its configuration.
        digest: the digest of that configuration's file.
        image: the node image.
        workers: how many nodes take pods.
        kubectl: the kubectl that goes with it.
        kind: the kind that made it.
        stays: whether only `down` removes the cluster, not the end of its last user.
        stopped: the nodes that were stopped on purpose.
        complete: whether it came up.
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

    def difference(self, wanted: Configuration) -> str:
        """Return in what the cluster differs from a wanted one, in words; an empty text if in nothing."""
        pairs = {
            "configuration": (self.configuration, wanted.name),
            "node image": (self.image, wanted.image),
        }
        different = [
            f"{name}={mine}, but {theirs} is wanted"
            for name, (mine, theirs) in pairs.items()
            if mine != theirs
        ]
        if self.configuration == wanted.name and self.digest != wanted.digest:
            different.append(f"another content of the configuration {wanted.name}")
        return "; ".join(different)


def read_record(path: Path) -> Record | None:
    """Return the record in a file, None if there is none, or one that another version of this program wrote."""
    values = read_values(path, Record)
    return None if values is None else Record(**{**values, "stopped": tuple(values["stopped"])})


def write_record(path: Path, record: Record) -> None:
    """Write a record, whole or not at all."""
    write_atomically(path, json.dumps(asdict(record)))

"""What a cluster that was made here keeps in its folder, whoever made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ClusterFolder:
    """A cluster's folder.

    Attributes:
        name: the cluster's name.
        folder: the folder of everything the cluster keeps on this machine.
    """

    name: str
    folder: Path

    @property
    def record(self) -> Path:
        """The file that says what the cluster is made of."""
        return self.folder / "cluster.json"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.folder / "kubeconfig"

    @property
    def users(self) -> Path:
        """The folder with a file per process that uses the cluster."""
        return self.folder / "users"


def read_values(
    path: Path, record: type[Any], earlier: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Return the values of a record in a file; None if there is none, or one of another version of this program.

    Args:
        path: the file.
        record: the dataclass of the record.
        earlier: values of fields that records of an earlier version lack.
    """
    try:
        read: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    values = {**(earlier or {}), **read}
    names = {field.name for field in fields(record)}
    return {name: values[name] for name in names} if names <= set(values) else None

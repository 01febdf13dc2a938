"""The folder of a cluster that maidenhair created: the files that every provider uses, and reading of records."""

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
        folder: the folder of all its files on this machine.
    """

    name: str
    folder: Path

    @property
    def record(self) -> Path:
        """The file with the cluster's record."""
        return self.folder / "cluster.json"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.folder / "kubeconfig"

    @property
    def users(self) -> Path:
        """The folder with one file per process that uses the cluster."""
        return self.folder / "users"


def read_values(
    path: Path, record: type[Any], earlier: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Read the values of a record; None if the file does not exist or another version of maidenhair wrote it.

    Args:
        path: the file.
        record: the dataclass of the record.
        earlier: the values of fields that records of an earlier version lack.
    """
    try:
        stored: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    values = {**(earlier or {}), **stored}
    names = {field.name for field in fields(record)}
    return {name: values[name] for name in names} if names <= set(values) else None

"""The name and the folder of a cluster that maidenhair created: files that every provider uses, and records."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from maidenhair.errors import ConfigurationError

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")


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


def check_cluster_name(name: str) -> None:
    """Check that every provider accepts a cluster's name.

    Raises:
        ConfigurationError: the name is invalid.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"invalid cluster name {name!r}: use at most 40 lower-case letters, digits and '-', "
            "with a letter or digit first and last"
        )

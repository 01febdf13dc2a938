"""Read and merge kubeconfig files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from maidenhair.errors import ConfigurationError

Entry = dict[str, Any]
_PATHS = {
    "clusters": ("cluster", ("certificate-authority",)),
    "users": ("user", ("client-certificate", "client-key", "tokenFile")),
    "contexts": ("context", ()),
}
"""Of each list: the field of an entry that has its content, and the fields of that content that are paths."""


@dataclass
class Merged:
    """Kubeconfig files as one.

    Attributes:
        clusters: the clusters by name. Paths in them are absolute.
        users: the users by name. Paths in them are absolute.
        contexts: the contexts by name.
        current: the name of the current context, or None.
    """

    clusters: dict[str, Entry] = field(default_factory=dict)
    users: dict[str, Entry] = field(default_factory=dict)
    contexts: dict[str, Entry] = field(default_factory=dict)
    current: str | None = None


def files_of(paths: Path) -> list[Path]:
    """Return the files of a path list in the form of `KUBECONFIG` that exist."""
    files = [Path(part).expanduser().absolute() for part in str(paths).split(os.pathsep) if part]
    return [file for file in files if file.is_file()]


def merge(paths: Path) -> Merged:
    """Merge the files of a path list, in the form of `KUBECONFIG`. The first file that has a name or a value wins.

    Files that do not exist are skipped. Relative paths are relative to the file that contains them.

    Raises:
        ConfigurationError: no file exists, or a file cannot be read. The message names the file and the problem.
    """
    files = files_of(paths)
    if not files:
        raise ConfigurationError(f"no kubeconfig found at {paths}")
    merged = Merged()
    for file in files:
        content = _content(file)
        merged.current = merged.current or content.get("current-context") or None
        for kind, entries in (
            ("clusters", merged.clusters),
            ("users", merged.users),
            ("contexts", merged.contexts),
        ):
            for name, entry in _entries(file, content, kind):
                entries.setdefault(name, entry)
    return merged


def _content(file: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"cannot read the kubeconfig {file}: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigurationError(
            f"the kubeconfig {file} is malformed: it is a {type(content).__name__}, not a mapping"
        )
    return content


def _entries(file: Path, content: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Entry]]:
    field_name, paths = _PATHS[kind]
    listed = content.get(kind) or []
    if not isinstance(listed, list):
        raise ConfigurationError(f"the kubeconfig {file} is malformed: {kind} is not a list")
    for number, each in enumerate(listed):
        entry = each.get(field_name) or {} if isinstance(each, dict) else None
        if not isinstance(entry, dict) or not isinstance(each.get("name"), str):
            raise ConfigurationError(
                f"the kubeconfig {file} is malformed: {kind}[{number}] needs a `name` and a mapping `{field_name}`"
            )
        yield each["name"], _with_absolute_paths(entry, paths, file.parent)


def _with_absolute_paths(entry: Entry, paths: tuple[str, ...], folder: Path) -> Entry:
    absolute: Entry = {key: str(folder / entry[key]) for key in paths if entry.get(key)}
    plugin = entry.get("exec")
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command", "")):
        # A command without a separator is searched on PATH.
        absolute["exec"] = {**plugin, "command": str(folder / plugin["command"])}
    return {**entry, **absolute}

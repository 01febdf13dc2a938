"""Images that the user chooses, by name or as an archive."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.images.archive import archive_names
from maidenhair.clusters.images.store import file_identity
from maidenhair.errors import ConfigurationError

LATEST = "latest"
ARCHIVE_SUFFIXES = (".tar", ".tar.gz", ".tgz")


@dataclass(frozen=True)
class ChosenImage:
    """An image that the user chose.

    Attributes:
        name: the name that pods use; see `pinned_name`.
        archive: the archive to load into the nodes; None where the nodes have or pull the image.
    """

    name: str
    archive: Path | None


def choose_image(setting: str, text: str) -> ChosenImage:
    """Return the image that a setting's text means: an archive's path, or an image's name.

    Args:
        setting: the setting's name, for the error.
        text: its value.

    Raises:
        ConfigurationError: it looks like an archive but there is none.
        ImageError: the archive cannot be read or names no image.
    """
    path = Path(text).expanduser()
    if path.is_file():
        return ChosenImage(pinned_name(archive_names(path)[0], path), path)
    if text.endswith(ARCHIVE_SUFFIXES) or text.startswith(("/", "./", "../", "~")):
        raise ConfigurationError(
            f"{setting}={text}: there is no such image archive; save one "
            f"(`docker save -o {text} NAME`), or give the name of an image"
        )
    return ChosenImage(text, None)


def pinned_name(name: str, archive: Path) -> str:
    """Return the name that pods use for the image `name` of an archive.

    It is another than the archive's own where that has the tag latest or none: Kubernetes pulls such an image
    anew for every pod, also if the node has it.
    """
    repository, tag = _split(name)
    if tag != LATEST:
        return name
    identity = hashlib.sha256(repr(file_identity(archive)).encode()).hexdigest()
    return f"{repository}:archive-{identity[:12]}"


def canonical_name(name: str) -> str:
    """Return the name in full, as container runtimes know it: with its registry and its tag."""
    repository, tag = _split(name)
    host, slash, _ = repository.partition("/")
    if not slash:
        repository = f"docker.io/library/{repository}"
    elif "." not in host and ":" not in host and host != "localhost":
        repository = f"docker.io/{repository}"
    return f"{repository}:{tag}"


def _split(name: str) -> tuple[str, str]:
    repository, colon, tag = name.rpartition(":")
    # A colon before a slash belongs to the registry's port.
    return (repository, tag) if colon and "/" not in tag else (name, LATEST)

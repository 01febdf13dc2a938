"""Images that a user sets by name or as an archive."""

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
    """An image that the user set.

    Attributes:
        name: the image's name in pods; see `pinned_name`.
        archive: the archive to load into the nodes; None if the nodes have the image or pull it.
    """

    name: str
    archive: Path | None


def is_absent_path(text: str) -> bool:
    """Return whether a text that the user set looks like a path on this machine, and nothing exists there.

    Example:
        >>> is_absent_path("https://example.com/chart.tgz"), is_absent_path("/nowhere/chart")
        (False, True)
    """
    return text.startswith(("/", "./", "../", "~")) and not Path(text).expanduser().exists()


def is_absent_archive(text: str) -> bool:
    """Return whether an image that the user set looks like the path of an archive, and the file does not exist."""
    has_suffix = text.endswith(ARCHIVE_SUFFIXES) and not Path(text).expanduser().is_file()
    return has_suffix or is_absent_path(text)


def checkout(text: str) -> Path:
    """Return the absolute path of a folder of sources that the user set."""
    return Path(text).expanduser().absolute()


def is_go_module(text: str) -> bool:
    """Return whether a folder that the user set contains a Go module."""
    return (checkout(text) / "go.mod").is_file()


def choose_image(setting: str, text: str) -> ChosenImage:
    """Return the image that a setting's value refers to.

    Args:
        setting: the setting's name, for the error.
        text: the value: the path of an image archive, or an image's name.

    Raises:
        ConfigurationError: the value looks like the path of an archive, but the file does not exist.
        ImageError: the archive cannot be read, or contains no image with a name.
    """
    path = Path(text).expanduser()
    if path.is_file():
        return ChosenImage(pinned_name(archive_names(path)[0], path), path)
    if is_absent_archive(text):
        raise ConfigurationError(
            f"{setting}={text}: there is no such image archive; save one with "
            f"`docker save -o {text} NAME`, or set {setting} to the name of an image"
        )
    return ChosenImage(text, None)


def pinned_name(name: str, archive: Path) -> str:
    """Return the name under which pods use an archive's image.

    The tag "latest", or none, is replaced by one with a digest, because Kubernetes pulls images with the tag "latest"
    for every pod even if the node has them.

    Args:
        name: the image's name in the archive.
        archive: the archive.
    """
    repository, tag = _split(name)
    if tag != LATEST:
        return name
    identity = hashlib.sha256(repr(file_identity(archive)).encode()).hexdigest()
    return f"{repository}:archive-{identity[:12]}"


def canonical_name(name: str) -> str:
    """Return an image's name in full, with registry and tag, as container runtimes list it.

    Example:
        >>> canonical_name("busybox")
        'docker.io/library/busybox:latest'
    """
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

"""Images that the user chooses, by name or as an archive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.images.archive import archive_names
from maidenhair.errors import ConfigurationError

ARCHIVE_SUFFIXES = (".tar", ".tar.gz", ".tgz")


@dataclass(frozen=True)
class ChosenImage:
    """An image that the user chose.

    Attributes:
        name: the name that pods use.
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
        return ChosenImage(archive_names(path)[0], path)
    if text.endswith(ARCHIVE_SUFFIXES) or text.startswith(("/", "./", "../", "~")):
        raise ConfigurationError(
            f"{setting}={text}: there is no such image archive; save one "
            f"(`docker save -o {text} NAME`), or give the name of an image"
        )
    return ChosenImage(text, None)

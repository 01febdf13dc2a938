"""What tells the content of one archive from another's."""

from __future__ import annotations

import hashlib
from pathlib import Path

from maidenhair.clusters.images.archive import archive_content, archive_names
from maidenhair.clusters.images.chosen import pinned_name
from maidenhair.errors import ClusterError, ImageError


def archive_identity(archive: Path) -> str:
    """Return a digest that tells an archive's images and their names from another's, without reading all of it.

    Raises:
        ClusterError: the archive cannot be read, or is none of images.
    """
    try:
        archive.stat()
        names = [pinned_name(name, archive) for name in archive_names(archive)]
        identity = f"{names} {archive_content(archive)}"
    except OSError as error:
        raise ClusterError(f"image archive {archive} cannot be read: {error.strerror}") from error
    except ImageError as error:
        raise ClusterError(f"could not import {archive}: {error}") from error
    return hashlib.sha256(identity.encode()).hexdigest()

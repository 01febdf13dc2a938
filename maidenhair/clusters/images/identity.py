"""The identity of an image archive, by which one that is already loaded is recognised."""

from __future__ import annotations

import hashlib
from pathlib import Path

from maidenhair.clusters.images.archive import archive_content, archive_names
from maidenhair.clusters.images.chosen import pinned_name
from maidenhair.errors import ClusterError, ImageError


def archive_identity(archive: Path) -> str:
    """Return a digest of an archive's images and their names, without reading the whole archive.

    Raises:
        ClusterError: the archive cannot be read, or is not an image archive.
    """
    try:
        archive.stat()
        names = [pinned_name(name, archive) for name in archive_names(archive)]
        identity = f"{names} {archive_content(archive)}"
    except OSError as error:
        raise ClusterError(f"cannot read image archive {archive}: {error.strerror}") from error
    except ImageError as error:
        raise ClusterError(f"cannot load image archive {archive}: {error}") from error
    return hashlib.sha256(identity.encode()).hexdigest()

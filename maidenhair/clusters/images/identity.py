"""What tells the content of one archive from another's."""

from __future__ import annotations

import hashlib
from pathlib import Path

from maidenhair.clusters.images.archive import archive_digest, archive_names
from maidenhair.clusters.images.chosen import pinned_name
from maidenhair.errors import ClusterError, ImageError


def archive_identity(archive: Path) -> str:
    """Return a digest that tells an archive's content from another's, without reading all of it.

    Raises:
        ClusterError: the archive cannot be read.
    """
    try:
        status = archive.stat()
    except OSError as error:
        raise ClusterError(f"image archive {archive} cannot be read: {error.strerror}") from error
    try:
        names = [pinned_name(name, archive) for name in archive_names(archive)]
        identity = f"{names} {archive_digest(archive)}"
    except ImageError:
        # One of `docker save` has no digest of its own.
        identity = f"{archive.resolve()} {status.st_size} {status.st_mtime_ns}"
    return hashlib.sha256(identity.encode()).hexdigest()

"""Which release of SkyTorch programs on this machine use; the server of a Compute is of the same."""

from __future__ import annotations

import sys
from importlib import metadata


def sdk_release() -> str:
    """Return the version of SkyTorch that is installed; where none is yet, the one that set-up installs."""
    try:
        return metadata.version("skytorch")
    except metadata.PackageNotFoundError:
        # As in pyproject.toml: the later release needs a later Python.
        return "0.2.0" if sys.version_info >= (3, 12) else "0.1.0"

"""The release of SkyTorch on this machine. The servers of Computes are of the same release."""

from __future__ import annotations

import sys
from importlib import metadata


def sdk_release() -> str:
    """Return the installed version of SkyTorch, or the version that set-up will install if there is none yet."""
    try:
        return metadata.version("skytorch")
    except metadata.PackageNotFoundError:
        # As in pyproject.toml, because the later release needs a later Python.
        return "0.2.0" if sys.version_info >= (3, 12) else "0.1.0"

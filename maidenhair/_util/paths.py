"""The folders for downloads, builds and running clusters."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_dir() -> Path:
    """Return the folder for files that can be recreated: `MAIDENHAIR_CACHE_DIR`, or maidenhair in the user's cache."""
    return _folder("MAIDENHAIR_CACHE_DIR", platformdirs.user_cache_path("maidenhair"))


def state_dir() -> Path:
    """Return the folder for running clusters: `MAIDENHAIR_STATE_DIR`, or maidenhair in the user's state folder."""
    return _folder("MAIDENHAIR_STATE_DIR", platformdirs.user_state_path("maidenhair"))


def _folder(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable) or default).expanduser().resolve()

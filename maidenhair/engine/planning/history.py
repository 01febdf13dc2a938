"""The results of earlier runs: the seconds that specs took, and which specs failed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from maidenhair._util import paths
from maidenhair._util.files import write_atomically


@dataclass(frozen=True)
class History:
    """Earlier runs of the specs of one folder.

    Attributes:
        path: the file.
        durations: seconds that a spec took last, by key.
        failed: the keys of what failed in the last run; None where there was none.
    """

    path: Path
    durations: Mapping[str, float] = field(default_factory=dict)
    failed: tuple[str, ...] | None = None

    def save(self, durations: Mapping[str, float], failed: Iterable[str]) -> None:
        """Add the results of a run to the file. A file that cannot be written does not fail the run."""
        if self.path.exists() and not self.path.is_file():
            # Such as /dev/null, which a rename would replace.
            return
        content = {"durations": {**self.durations, **durations}, "failed": sorted(set(failed))}
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, json.dumps(content, indent=1, sort_keys=True))


def load_history(path: Path | None) -> History:
    """Return the history; an empty one if the file is missing or malformed.

    Args:
        path: the file; one in the cache for the current folder by default.
    """
    path = path or _default()
    try:
        content = json.loads(path.read_text())
        durations = {str(key): float(value) for key, value in content["durations"].items()}
        return History(path, durations, tuple(map(str, content["failed"])))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return History(path)


def _default() -> Path:
    folder = hashlib.sha256(str(Path.cwd()).encode()).hexdigest()[:16]
    return paths.cache_dir() / "history" / f"{folder}.json"

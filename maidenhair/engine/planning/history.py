"""The results of earlier runs: the seconds that specs took, and which specs failed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
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
        failed: the keys of what failed when it last ran; None if no run is known.
    """

    path: Path
    durations: Mapping[str, float] = field(default_factory=dict)
    failed: tuple[str, ...] | None = None

    def save(
        self,
        durations: Mapping[str, float],
        failed: Iterable[str],
        passed: Collection[str] = (),
        present: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Add the results of a run to the file.

        A spec that failed in an earlier run and did not run since stays among the failed ones.

        Args:
            durations: seconds that the specs of the run took, by key.
            failed: the keys of what failed.
            passed: the keys of what passed.
            present: the keys of all specs in each feature file of the run.

        Raises:
            OSError: the file cannot be written.
        """
        if self.path.exists() and not self.path.is_file():
            # Such as /dev/null, which a rename would replace.
            return
        still = {*failed, *(set(self.still_failed(present or {})) - set(passed))}
        content = {"durations": {**self.durations, **durations}, "failed": sorted(still)}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self.path, json.dumps(content, indent=1, sort_keys=True))

    def still_failed(self, present: Mapping[str, Collection[str]]) -> tuple[str, ...]:
        """Return the keys of what failed last, without specs that exist no more.

        Args:
            present: the keys of all specs in each feature file that was read.
        """
        return tuple(key for key in self.failed or () if _exists(key, present))


def _exists(key: str, present: Mapping[str, Collection[str]]) -> bool:
    for filename, keys in present.items():
        if key.startswith(f"{filename}: "):
            return key in keys
    return Path(key.partition(": ")[0]).is_file()


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

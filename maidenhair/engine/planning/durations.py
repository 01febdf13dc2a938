"""The durations that balance shards and order specs without a history: a file that a run only reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from maidenhair.engine.planning.history import History
from maidenhair.errors import ConfigurationError


@dataclass(frozen=True)
class Durations:
    """Seconds that specs take.

    Attributes:
        seconds: the seconds of a spec, by key.
        digest: a digest of all of them. Empty without a file.
    """

    seconds: Mapping[str, float] = field(default_factory=dict)
    digest: str = ""


def read_durations(path: Path | None) -> Durations:
    """Read a file of durations, such as `maidenhair merge --durations-out` or a history writes.

    Args:
        path: the file. None: no durations.

    Raises:
        ConfigurationError: the file cannot be read or contains no durations.
    """
    if path is None:
        return Durations()
    try:
        table = json.loads(path.read_text())["durations"]
        seconds = {str(key): float(value) for key, value in sorted(table.items())}
    except OSError as error:
        raise ConfigurationError(
            f"durations={path}: the file cannot be read: {error.strerror}; write it with "
            "`maidenhair merge --durations-out`, or remove the setting"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"durations={path}: not a file of durations ({type(error).__name__}: {error}); it must look like "
            '{"durations": {"features/a.feature: name of a scenario": 1.5}}'
        ) from error
    digest = hashlib.sha256(json.dumps(seconds).encode()).hexdigest()[:16]
    return Durations(seconds, digest)


def expected_seconds(durations: Durations, history: History) -> dict[str, float]:
    """Return the seconds that specs are expected to take, by key: those of the history, otherwise those of the file.

    Args:
        durations: the file of durations.
        history: the results of earlier runs on this machine.
    """
    return {**durations.seconds, **history.durations}

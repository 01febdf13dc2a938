"""The digest of a plan, by which results of shards are recognized as parts of one plan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from maidenhair.events.encoding import encode
from maidenhair.events.plan_events import SpecPlanned


def fingerprint_of(
    specs: Iterable[SpecPlanned],
    shards: int = 1,
    selection: Mapping[str, str] | None = None,
    durations: str = "",
) -> str:
    """Return the fingerprint of a whole plan.

    It depends on the ids and the content of the specs, and on what decides about their division. It does not depend on
    the machine, the time or the order of the arguments.

    Args:
        specs: the specs of all shards.
        shards: the number of shards.
        selection: the options that select specs, by name.
        durations: a digest of the durations that balance the shards.
    """
    header = [shards, sorted((selection or {}).items()), durations]
    digest = hashlib.sha256(json.dumps(header).encode())
    for spec in sorted(specs, key=lambda each: (each.number, each.spec)):
        # The time is the last field.
        line = encode(spec)
        digest.update(line[: line.rindex(b',"time":')])
    return digest.hexdigest()[:16]

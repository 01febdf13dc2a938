"""States of objects that do not become good again by themselves. A wait for a good state need not go on.

What counts as terminal is listed in docs/waits.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from maidenhair.kube.objects import Object, Objects, conditions, display_name, reason_and_message

TerminalRule = Callable[[Object], str | None]
"""Takes an object, and returns why no future change can help it, or None."""

FAILED_JOBS_UNTIL_TERMINAL = 2
FAILED_PHASES = frozenset({"Failed"})
HOLDING = frozenset({"Failed", "Failure", "FailureTarget", "Stalled", "InvalidSpec", "InvalidRequest", "Denied"})
"""Types of conditions that are terminal if they hold."""
_FAILED_REASON = re.compile(r"fail|error|invalid|exceeded|timeout|timedout|denied|cancel", re.IGNORECASE)


def terminal_state(
    subject: Object,
    jobs: Objects = (),  # type: ignore[assignment]
    rules: Iterable[TerminalRule] = (),
    recovering: Iterable[str] = (),
) -> str | None:
    """Return why an object cannot reach a good state any more, or None if it may.

    Args:
        subject: the object.
        jobs: for a CronJob, the Jobs of its namespace.
        rules: rules for further kinds, tried first.
        recovering: kinds of custom resources that recover from states that count as terminal for other kinds.
    """

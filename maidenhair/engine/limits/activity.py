"""The current activity of a process: its spec, and its step, hook or cleanup."""

from __future__ import annotations

from typing import NamedTuple


class Activity(NamedTuple):
    """The activity of a process at one moment.

    Attributes:
        spec: the scenario's location and name; empty outside of scenarios.
        step: the number of the step; None in hooks and cleanups.
        what: the step, hook or cleanup, for example "the hook before_all".
        since: its beginning, on the clock `time.monotonic`, which all processes share.
        deadline: the end of its limit, on that clock; None without a limit.
        spec_id: the place of the scenario in the run; empty outside of scenarios, and without workers.
    """

    spec: str
    step: int | None
    what: str
    since: float
    deadline: float | None = None
    spec_id: str = ""

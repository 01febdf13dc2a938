"""The messages between the run and its workers."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from behave.configuration import Configuration

from maidenhair.engine.limits.suite_limits import SuiteLimits
from maidenhair.engine.model import Config
from maidenhair.engine.planning.places import Path as PlanPath
from maidenhair.engine.planning.places import Policy, SpecId
from maidenhair.engine.planning.sources import Source
from maidenhair.engine.wire.records import Event, VisitRecord
from maidenhair.engine.wire.stand_ins import FormatterTraits

# The run itself shows or opens these.
_NOT_SENT = ("outputs", "reporters", "formatters", "defaults")


@dataclass(frozen=True)
class Setup:
    """The first message to a worker.

    Attributes:
        number: the worker's number, from 1.
        folder: the run's folder.
        formatters: the formatters of the run.
        modules: where Python looks for modules.
        config: the attributes of behave's configuration, pickled: they may need these modules.
        limits: the limits of hooks, cleanups and output.
        run_folder: the run's folder, for its events and diagnostics.
        run_value: the value that the hook before_run returned, pickled.
        raw: the file for standard output and error.
        tail: the file for the output of the running spec.
        activity: the file for the activity of the worker.
    """

    number: int
    folder: Path
    formatters: Sequence[FormatterTraits]
    modules: Sequence[str]
    config: bytes
    limits: SuiteLimits
    run_folder: Path
    run_value: bytes
    raw: Path
    tail: Path
    activity: Path


class SpecTask(NamedTuple):
    """A spec to run: its place and identity, how it is judged, and how its attempts went so far."""

    path: PlanPath
    identity: str
    policy: Policy
    failures: int = 0
    passes: int = 0


class RunUnit(NamedTuple):
    """Has a worker run the specs of a unit, which are in one feature.

    Attributes:
        feature: the number of the feature in the run.
        source: its text; None if the worker has it.
        specs: the specs.
        stops: whether the rest is skipped once one has failed.
        ordered: whether it is an ordered feature or rule.
        isolated: whether one attempt runs, because the next one needs another worker.
    """

    feature: int
    source: Source | None
    specs: Sequence[SpecTask]
    stops: bool
    ordered: bool = False
    isolated: bool = False


class Leave(NamedTuple):
    """Has a worker leave the features and rules that it is in."""


class Finish(NamedTuple):
    """Has a worker end."""


class TellWhere(NamedTuple):
    """Asks a worker for its location."""


@dataclass(frozen=True)
class Stop:
    """Has a worker start no spec any more; the running one goes on."""


@dataclass(frozen=True)
class Loaded:
    """The steps and hooks are loaded, and before_all begins."""


class Ready(NamedTuple):
    """The hook before_all ran.

    Attributes:
        events: its output.
        passed: whether it passed.
        reporters: the reporters that it added, pickled.
        problems: the reporters and formatters that it added and that cannot be sent, with the reasons.
    """

    events: Sequence[Event]
    passed: bool
    reporters: bytes | None = None
    problems: Sequence[str] = ()


class Visited(NamedTuple):
    """A feature or rule was entered, or left."""

    place: SpecId
    entered: bool
    record: VisitRecord


class Begun(NamedTuple):
    """An attempt of the spec of that number in its unit begins; `at` is the time on the clock `time.monotonic`."""

    number: int
    at: float


class Attempted(NamedTuple):
    """An attempt of the spec of that number in its unit ended.

    Attributes:
        at: the time of its end, on the clock `time.monotonic`.
        record: a SpecRecord as bytes.
        held: whether its result is final only when `Settled` follows.
    """

    number: int
    attempt: int
    failed: bool
    final: bool
    seconds: float
    at: float
    record: bytes
    held: bool = False


class Settled(NamedTuple):
    """The checks ended that held the result of a spec; `error` is that of the checks, None if all passed."""

    spec: SpecId
    error: str | None


class UnitDone(NamedTuple):
    """The worker waits for another unit."""


@dataclass(frozen=True)
class Where:
    """The location of the worker: its step, its wait and its stack."""

    location: str


@dataclass(frozen=True)
class Aborted:
    """The suite stops the run, for example by `context.abort`."""

    reason: str


@dataclass(frozen=True)
class Overdue:
    """The worker ignores its limit, and has to be killed."""

    reason: str


@dataclass(frozen=True)
class Broken:
    """The worker cannot go on."""

    reason: str


class Finished(NamedTuple):
    """The worker ran the hook after_all and its last cleanups, and ends.

    Attributes:
        events: the output of them.
        passed: whether they passed.
        threads: the names of the threads that Python waits for.
    """

    events: Sequence[Event]
    passed: bool
    threads: Sequence[str]


ToWorker = Setup | RunUnit | Leave | Finish | TellWhere | Stop
FromWorker = (
    Loaded
    | Ready
    | Visited
    | Begun
    | Attempted
    | Settled
    | UnitDone
    | Where
    | Aborted
    | Overdue
    | Broken
    | Finished
)


def portable(config: Config) -> dict[str, Any]:
    """Return the attributes of behave's configuration that can be sent."""
    values = {}
    for name, value in vars(config).items():
        if name not in _NOT_SENT and _can_be_sent(value):
            values[name] = value
    values["userdata"] = {
        name: value for name, value in config.userdata.items() if _can_be_sent(value)
    }
    return values


def restored(values: dict[str, Any]) -> Config:
    """Return behave's configuration with these attributes."""
    # Its own way would make a parser for a command line that is not there.
    config = Configuration.__new__(Configuration)
    config.init()
    vars(config).update(values)
    if "tag_expression" not in values:
        config.setup_tag_expression()
    config.reporters = []
    config.setup_userdata()
    config.setup_model()
    restored: Config = config
    return restored


def _can_be_sent(value: object) -> bool:
    try:
        pickle.loads(pickle.dumps(value))
    except Exception:  # whatever an object of the user's raises
        return False
    return True

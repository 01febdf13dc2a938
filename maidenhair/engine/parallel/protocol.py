"""The messages between the run and its workers."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from behave.configuration import Configuration

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.model import Config
from maidenhair.engine.parallel.records import Event, SpecRecord, VisitRecord
from maidenhair.engine.planning.specs import Path as PlanPath
from maidenhair.engine.planning.specs import Policy, SpecId

# The run itself shows or opens these.
_NOT_SENT = ("outputs", "reporters", "formatters", "defaults")


@dataclass(frozen=True)
class Setup:
    """The first message to a worker.

    Attributes:
        number: the worker's number, from 1.
        modules: where Python looks for modules.
        config: the attributes of behave's configuration.
        settings: the engine's settings.
        run_folder: the run's folder, for its events and diagnostics.
        run_value: the value that the hook before_run returned, pickled.
        raw: the file for standard output and error.
        tail: the file for the output of the running spec.
        activity: the file for the activity of the worker.
    """

    number: int
    modules: Sequence[str]
    config: dict[str, Any]
    settings: EngineSettings
    run_folder: Path
    run_value: bytes
    raw: Path
    tail: Path
    activity: Path


@dataclass(frozen=True)
class SpecTask:
    """A spec to run: its place, how it is judged, and how its attempts went so far."""

    path: PlanPath
    policy: Policy
    failures: int = 0
    passes: int = 0


@dataclass(frozen=True)
class RunUnit:
    """Has a worker run the specs of a unit, which are in one feature."""

    feature: int
    filename: str
    specs: Sequence[SpecTask]
    stops: bool


@dataclass(frozen=True)
class Leave:
    """Has a worker leave the features and rules that it is in."""


@dataclass(frozen=True)
class Finish:
    """Has a worker end."""


@dataclass(frozen=True)
class TellWhere:
    """Asks a worker for its location."""


@dataclass(frozen=True)
class Loaded:
    """The steps and hooks are loaded, and before_all begins."""


@dataclass(frozen=True)
class Ready:
    """The hook before_all ran; `passed` says whether well."""

    events: Sequence[Event]
    passed: bool


@dataclass(frozen=True)
class Visited:
    """A feature or rule was entered, or left."""

    place: SpecId
    entered: bool
    record: VisitRecord


@dataclass(frozen=True)
class Begun:
    """The spec of that index in its unit begins; `at` is the time on the clock `time.monotonic`."""

    index: int
    at: float


@dataclass(frozen=True)
class Attempted:
    """An attempt of the spec of that index in its unit ended.

    Attributes:
        at: the time of its end, on the clock `time.monotonic`.
        record: a pickled SpecRecord.
    """

    index: int
    attempt: int
    failed: bool
    final: bool
    seconds: float
    at: float
    record: bytes


@dataclass(frozen=True)
class UnitDone:
    """The worker waits for another unit."""


@dataclass(frozen=True)
class Where:
    """The location of the worker: its step, its wait and its stack."""

    location: str


@dataclass(frozen=True)
class Overdue:
    """The worker ignores its limit, and has to be killed."""

    reason: str


@dataclass(frozen=True)
class Broken:
    """The worker cannot go on."""

    reason: str


@dataclass(frozen=True)
class Finished:
    """The worker ran the hook after_all and its last cleanups, and ends."""

    events: Sequence[Event]
    passed: bool


ToWorker = Setup | RunUnit | Leave | Finish | TellWhere
FromWorker = (
    Loaded | Ready | Visited | Begun | Attempted | UnitDone | Where | Overdue | Broken | Finished
)


def pickled(record: SpecRecord) -> bytes:
    """Return a record as it is sent."""
    return pickle.dumps(record)


def unpickled(record: bytes) -> SpecRecord:
    """Return a record that was sent."""
    found: SpecRecord = pickle.loads(record)
    return found


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

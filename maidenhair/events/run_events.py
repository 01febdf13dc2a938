"""The run events about the run itself: its start, its end, and errors outside any spec."""

from __future__ import annotations

from collections.abc import Mapping

from maidenhair.events.event import RunEvent
from maidenhair.events.plan_events import Division


class RunStarted(RunEvent, frozen=True, gc=False):
    """The specs are planned, and the run starts. The first event of a file.

    Attributes:
        run: the name of the run: the name of its folder.
        folder: the current folder of the run. Paths of features are relative to it.
        argv: the command line.
        versions: the versions of maidenhair, behave and Python, by name.
        settings: the settings of the engine that are not at their default, by name.
        division: the plan, and the shard.
        merged_from: the names of the runs that were merged into this one.
    """

    run: str
    folder: str
    argv: tuple[str, ...]
    versions: Mapping[str, str]
    settings: Mapping[str, str]
    division: Division
    merged_from: tuple[str, ...] = ()


class RoundStarted(RunEvent, frozen=True, gc=False):
    """All specs run once more, for `until_it_fails`. The planned specs of the round follow.

    Attributes:
        round: the number of the round, from 2.
    """

    round: int


class HookFailed(RunEvent, frozen=True, gc=False):
    """A hook of a feature or rule failed.

    Attributes:
        file: the feature file.
        line: the line of the feature or rule.
        name: the name of the feature or rule.
        error: the error.
    """

    file: str
    line: int
    name: str
    error: str = ""


class FileBroken(RunEvent, frozen=True, gc=False):
    """A feature file cannot be parsed. It counts as one failed spec, which is in no plan. Each shard reports it.

    Attributes:
        file: the feature file.
        line: the line of the error.
        error: the error.
    """

    file: str
    line: int
    error: str = ""


class ProblemFound(RunEvent, frozen=True, gc=False):
    """Something failed outside any spec, for example the hook `before_all`. The run fails.

    Attributes:
        message: the error.
    """

    message: str


class WorkerLost(RunEvent, frozen=True, gc=False):
    """A worker process ended while it ran a spec. An attempt of the spec fails.

    Attributes:
        worker: the name of the worker.
        reason: how it ended, and its last output.
        spec: the id of the spec.
    """

    worker: str
    reason: str
    spec: str


class Warned(RunEvent, frozen=True, gc=False):
    """The run warns its user.

    Attributes:
        message: the warning.
        file: the feature file that it is about. Empty if it is about none.
        line: the line in the file.
    """

    message: str
    file: str = ""
    line: int = 0


class RunEnded(RunEvent, frozen=True, gc=False):
    """The run ends. A file without this event belongs to a run that was killed or still runs.

    Attributes:
        exit_code: the exit code.
        seconds: the wall time.
        passed: the number of specs that passed.
        failed: the number of specs that failed.
        skipped: the number of specs that were skipped, left out, or are in another shard.
        untested: the number of specs before which the run stopped.
        problems: errors outside the specs.
    """

    exit_code: int
    seconds: float = 0.0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    untested: int = 0
    problems: tuple[str, ...] = ()

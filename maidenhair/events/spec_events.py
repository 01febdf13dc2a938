"""The run events about a spec: its attempts, its steps and its result."""

from __future__ import annotations

from typing import Literal

from maidenhair.events.event import RunEvent

Outcome = Literal["passed", "failed", "skipped", "untested"]


class SpecStarted(RunEvent, frozen=True, gc=False):
    """An attempt of a spec starts.

    Attributes:
        spec: the id of the spec.
        attempt: the number of the attempt, from 1.
        worker: the name of the worker. Empty in the main process.
    """

    spec: str
    attempt: int = 1
    worker: str = ""


class StepEnded(RunEvent, frozen=True, gc=False):
    """A step ends, or is skipped.

    Attributes:
        spec: the id of the spec.
        step: the number of the step in the planned spec, from 0.
        status: the status, in behave's words: `passed`, `failed`, `error`, `undefined`, `skipped` and others.
        seconds: the duration.
        error: the error with its traceback.
        attempt: the number of the attempt.
    """

    spec: str
    step: int
    status: str
    seconds: float = 0.0
    error: str | None = None
    attempt: int = 1


class Attached(RunEvent, frozen=True, gc=False):
    """A spec attaches data. Exactly one of `text`, `base64` and `path` is set.

    Attributes:
        spec: the id of the spec.
        mime_type: the type of the data, for example `text/plain`.
        text: the data, if it is short text.
        base64: the data in Base64, if it is short.
        path: the file with the data, relative to the folder of the events.
        attempt: the number of the attempt.
    """

    spec: str
    mime_type: str
    text: str | None = None
    base64: str | None = None
    path: str | None = None
    attempt: int = 1


class OutputCaptured(RunEvent, frozen=True, gc=False):
    """A step or a hook of a spec wrote output, which behave captured.

    Attributes:
        spec: the id of the spec.
        source: the writer: a step or a hook, in behave's words.
        stream: `out`, `err` or `log`.
        text: the output. If it is long, the head and the tail.
        attempt: the number of the attempt.
    """

    spec: str
    source: str
    stream: Literal["out", "err", "log"]
    text: str
    attempt: int = 1


class AttemptEnded(RunEvent, frozen=True, gc=False):
    """An attempt of a spec ends.

    Attributes:
        spec: the id of the spec.
        status: the status of the scenario, in behave's words.
        failed: whether the attempt failed.
        seconds: the duration, with hooks and cleanups.
        error: the errors of hooks and cleanups. Those of steps are in `step_ended`.
        attempt: the number of the attempt.
    """

    spec: str
    status: str
    failed: bool = False
    seconds: float = 0.0
    error: str | None = None
    attempt: int = 1


class SpecEnded(RunEvent, frozen=True, gc=False):
    """A spec has its result. Exactly once per planned spec, also if the spec did not run.

    Attributes:
        spec: the id of the spec.
        outcome: `passed`, `failed`, `skipped`, or `untested` if the run stopped before the spec. A spec that failed as
            expected is skipped.
        status: the status of the scenario, in behave's words. `xfailed`: it failed as expected. `xpassed`: it passed
            although it was expected to fail.
        seconds: the duration of the last attempt.
        attempts: the number of attempts.
        flaky: whether it passed after an attempt that failed.
        reason: the reason of a skipped or untested spec, and the flaw for which a spec was expected to fail.
        artifacts: the folder with its diagnostics, relative to the folder of the events.
    """

    spec: str
    outcome: Outcome
    status: str
    seconds: float = 0.0
    attempts: int = 0
    flaky: bool = False
    reason: str | None = None
    artifacts: str | None = None

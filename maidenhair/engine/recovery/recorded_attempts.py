"""The attempts of specs as run events describe them, in the form in which workers send them."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from maidenhair.engine.capture.outcomes import CapturedOutput, ElementState
from maidenhair.engine.capture.troubles import Trouble
from maidenhair.engine.wire.records import (
    Embedded,
    Event,
    ScenarioBegun,
    SpecRecord,
    StepMatched,
    StepsAnnounced,
)
from maidenhair.engine.wire.records import StepEnded as StepShown
from maidenhair.events import (
    Attached,
    AttemptEnded,
    HookFailed,
    OutputCaptured,
    RoundStarted,
    RunEvent,
    SpecEnded,
    SpecStarted,
    StepEnded,
)

STEP = "step"
"""The source of output that belongs to a step, in behave's words. Other sources are hooks and the scenario."""


@dataclass
class RecordedAttempt:
    """An attempt of a spec.

    Attributes:
        number: its number, from 1.
        shown: what formatters got, in order.
        steps: the states of the steps that ended, by number.
        outputs: the output of the scenario itself.
        ended: its end. None if the run was killed before.
    """

    number: int
    shown: list[Event] = field(default_factory=list)
    steps: dict[int, ElementState] = field(default_factory=dict)
    outputs: list[CapturedOutput] = field(default_factory=list)
    ended: AttemptEnded | None = None

    def record(self, count: int, spec: SpecEnded | None, folder: Path) -> SpecRecord:
        """Return it as a worker sends an attempt that ended.

        Args:
            count: the number of steps of the spec.
            spec: the result of the spec, if it has one.
            folder: the run's folder, which has the artifacts.
        """
        ended = self.ended
        if ended is None:
            raise ValueError("the attempt did not end")
        skipped = ended.status == "skipped"
        scenario = ElementState(
            ended.status,
            hook_failed=ended.status == "hook_error",
            error_message=ended.error,
            trouble=trouble_of(ended.error),
            captured=tuple(self.outputs),
            should_skip=skipped,
            skip_reason=spec.reason if spec is not None and skipped else None,
            artifacts=(str(folder / spec.artifacts),)
            if spec is not None and spec.artifacts
            else (),
        )
        steps = [self.steps.get(number, ElementState("skipped")) for number in range(count)]
        events = [ScenarioBegun(), StepsAnnounced(count), *self.shown]
        return SpecRecord(ended.attempt, events, scenario, steps, ended.failed, ended.seconds)

    def cut_off(self, count: int, reason: str, in_step: bool) -> SpecRecord:
        """Return it as one that did not end, and failed.

        Args:
            count: the number of steps of the spec.
            reason: the error.
            in_step: whether a step ran, and not a hook.
        """
        failed = ElementState("error", error_message=reason, trouble=trouble_of(reason))
        shown, steps = list(self.shown), dict(self.steps)
        running = max(steps, default=-1) + 1
        if in_step and running < count:
            shown += [StepMatched(running, "undefined"), StepShown(running, failed)]
            steps[running], failed = failed, ElementState("error")
        states = [steps.get(number, ElementState("skipped")) for number in range(count)]
        events = [ScenarioBegun(), StepsAnnounced(count), *shown]
        return SpecRecord(self.number, events, failed, states, True, 0.0)


@dataclass
class RecordedSpecs:
    """The attempts and results of a run as its events describe them. Of several rounds, those of the last one.

    Args:
        folder: the run's folder, which has long attachments.

    Attributes:
        attempts: the attempts of each spec that started, by its id.
        results: the results of specs, by id.
        failed_hooks: the failed hooks around specs.
    """

    folder: Path
    attempts: dict[str, list[RecordedAttempt]] = field(default_factory=lambda: defaultdict(list))
    results: dict[str, SpecEnded] = field(default_factory=dict)
    failed_hooks: list[HookFailed] = field(default_factory=list)

    def take(self, events: Iterable[RunEvent]) -> None:
        """Add events, in order."""
        for event in events:
            self._take(event)

    def _take(self, event: RunEvent) -> None:
        match event:
            case RoundStarted():
                self.attempts.clear()
                self.results.clear()
                self.failed_hooks.clear()
            case SpecStarted():
                self.attempts[event.spec].append(RecordedAttempt(event.attempt))
            case StepEnded():
                state = ElementState(
                    event.status,
                    error_message=event.error,
                    trouble=trouble_of(event.error),
                    duration=event.seconds,
                )
                attempt = self.attempts[event.spec][-1]
                attempt.steps[event.step] = state
                # Events do not name the functions of steps.
                matched = StepMatched(event.step, "undefined")
                attempt.shown += [matched, StepShown(event.step, state)]
            case OutputCaptured():
                self._add_output(self.attempts[event.spec][-1], event)
            case Attached():
                shown = Embedded(event.mime_type, self._data(event))
                # It belongs to the step that ends next.
                self.attempts[event.spec][-1].shown.append(shown)
            case AttemptEnded():
                self.attempts[event.spec][-1].ended = event
            case SpecEnded():
                self.results[event.spec] = event
            case HookFailed():
                self.failed_hooks.append(event)

    @staticmethod
    def _add_output(attempt: RecordedAttempt, event: OutputCaptured) -> None:
        texts = {event.stream: event.text}
        output = CapturedOutput(event.source or None, False, **texts)
        last = attempt.shown[-1] if attempt.shown else None
        if event.source == STEP and isinstance(last, StepShown):
            state = last.state._replace(captured=(*last.state.captured, output))
            attempt.shown[-1] = last._replace(state=state)
            attempt.steps[last.number] = state
        else:
            attempt.outputs.append(output)

    def _data(self, event: Attached) -> bytes:
        if event.path is not None:
            try:
                return (self.folder / event.path).read_bytes()
            except OSError as error:
                return f"the attachment cannot be read: {error}".encode()
        if event.base64 is not None:
            return base64.b64decode(event.base64)
        return (event.text or "").encode()


def trouble_of(error: str | None) -> Trouble | None:
    """Return the exception that the text of an error names, as far as the text says it; None if there is no error."""
    if not error:
        return None
    last = error.rstrip().splitlines()[-1]
    name, _, text = last.partition(": ")
    if error.startswith("ASSERT FAILED"):
        name, text = "AssertionError", error.partition(": ")[2]
    elif not name.replace(".", "").isidentifier():
        name, text = "Exception", error
    module, _, kind = name.rpartition(".")
    return Trouble(kind, text, module or "builtins", arguments=(text,))

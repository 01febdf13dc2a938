"""Records the events and the output of a spec, in order, instead of showing them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, TextIO

from behave.matchers import NoMatch
from behave.model_type import Status

from maidenhair.engine.capture.captured_text import CapturedText
from maidenhair.engine.capture.outcomes import ElementState
from maidenhair.engine.capture.plain_values import is_plain, plain_text
from maidenhair.engine.model import Container, Scenario, Step
from maidenhair.engine.wire.records import (
    Changed,
    Embedded,
    Event,
    Matched,
    MatchFound,
    ScenarioBegun,
    StepEnded,
    StepMatched,
    StepPassed,
    StepRenamed,
    StepsAnnounced,
    Stream,
    Written,
)


class Recorder:
    """Observes behave's calls of formatters in a worker, which the run's formatters get later.

    Args:
        capture: returns a stream for output that behave does not capture.
    """

    def __init__(self, capture: Callable[[], CapturedText]) -> None:
        self._capture = capture
        self._recorded: list[Event] = []
        self._written: tuple[Stream, CapturedText] | None = None
        self._steps: list[Step] = []
        self._names: list[str] = []
        self._states: dict[int, ElementState] = {}
        self._passed: dict[int, float] = {}
        self._next = 0
        self._watch: ChangeWatch | None = None
        self._found: dict[Matched, Matched] = {}

    def take(self) -> list[Event]:
        """Return the events since the last call."""
        events, self._recorded = self._events, []
        return events

    def add(self, event: Event) -> None:
        """Record an event."""
        self._events.append(event)

    def wrote(self, stream: Stream, text: str) -> None:
        """Record output."""
        if self._written is None or self._written[0] != stream:
            self._end_written()
            self._written = (stream, self._capture())
        self._written[1].write(text)

    @property
    def _events(self) -> list[Event]:
        """Return the events, with the output so far among them."""
        if self._written is not None:
            self._end_written()
        return self._recorded

    def _end_written(self) -> None:
        if self._written is not None:
            stream, text = self._written
            self._written = None
            self._recorded.append(Written(stream, text.getvalue()))
            text.close()

    def begin(self, scenario: Scenario) -> None:
        """Begin with a scenario, which behave may hide from formatters."""
        self._steps = list(scenario.all_steps)
        self._names = [step.name for step in self._steps]
        self._states, self._passed = {}, {}
        self._next = 0
        self._watch = ChangeWatch(scenario)

    def scenario(self, scenario: Scenario) -> None:
        """Record that a scenario is announced."""
        self._events.append(ScenarioBegun())

    def step(self, step: Step) -> None:
        """Record that a step is announced."""
        self._note_change()
        last = self._events[-1] if self._events else None
        if isinstance(last, StepsAnnounced):
            self._events[-1] = StepsAnnounced(last.total + 1)
        else:
            self._events.append(StepsAnnounced(1))

    def match(self, match: object) -> None:
        """Record that a step was looked up."""
        self._note_change()
        # behave looks a step up right before it runs.
        found = _found(match)
        # The same object takes less space in a record.
        found = self._found.setdefault(found, found) if found[2] == () else found
        self._events.append(StepMatched(self._next, found))

    def result(self, step: Step) -> None:
        """Record how a step ended."""
        self._note_change()
        for index in range(self._next, len(self._steps)):
            if self._steps[index] is step:
                self._note_name(index)
                self._add_result(index, step)
                self._next = index + 1
                return

    def embedding(self, mime_type: str, data: object) -> None:
        """Record an attachment."""
        if isinstance(data, str):
            self._events.append(Embedded(plain_text(mime_type), plain_text(data)))
        elif isinstance(data, bytes | bytearray | memoryview):
            self._events.append(Embedded(plain_text(mime_type), bytes(data)))
        else:
            kind = type(data).__name__
            raise TypeError(f"an attachment must be bytes or text, not {kind}")

    def end(self) -> list[ElementState | None]:
        """End the scenario. Return the state of each step where it is not that of its event."""
        self._note_change()
        states: list[ElementState | None] = []
        for index, step in enumerate(self._steps):
            self._note_name(index)
            if _is_plain(step) and step.duration == self._passed.get(index):
                states.append(None)
                continue
            state = ElementState.of(step)
            states.append(None if state == self._states.get(index) else state)
        return states

    def _add_result(self, number: int, step: Step) -> None:
        events = self._events
        last = events[-1] if events else None
        if isinstance(last, StepMatched) and last.number == number and _is_plain(step):
            self._passed[number] = step.duration
            events[-1] = StepPassed(number, last.match, step.duration)
        else:
            state = self._states[number] = ElementState.of(step)
            events.append(StepEnded(number, state))

    def _note_name(self, number: int) -> None:
        name = self._steps[number].name
        if name is not self._names[number]:
            self._names[number] = name
            self._events.append(StepRenamed(number, plain_text(name)))

    def _note_change(self) -> None:
        changed = self._watch.change() if self._watch is not None else None
        if changed is not None:
            self._events.append(changed)


class ChangeWatch:
    """Notices when hooks or steps change the name or the tags of an element.

    Args:
        element: the element.
    """

    def __init__(self, element: Scenario | Container) -> None:
        self._element = element
        self._name, self._tags = element.name, element.tags
        self._before = list(element.tags)
        self._description, self._lines = element.description, list(element.description or ())

    def change(self) -> Changed | None:
        """Return the name and the tags if they changed since the last call."""
        element = self._element
        in_place = element.tags is self._tags
        described_in_place = element.description is self._description
        lines = list(element.description or ())
        same_texts = element.name is self._name and lines == self._lines
        if same_texts and in_place and element.tags == self._before:
            return None
        self._name, self._tags, self._before = element.name, element.tags, list(element.tags)
        self._description, self._lines = element.description, lines
        description = tuple(map(plain_text, lines))
        tags = tuple((plain_text(tag), int(getattr(tag, "line", 0) or 0)) for tag in element.tags)
        return Changed(plain_text(element.name), description, tags, in_place, described_in_place)


def _is_plain(step: Step) -> bool:
    """Return whether a step passed, and left nothing but that."""
    return (
        step.status is Status.passed
        and type(step.duration) is float
        and step.error_message is None
        and step.exception is None
        and step.exc_traceback is None
        and not step.hook_failed
        and not step.captured.captures
    )


def _found(match: Any) -> Matched:
    if isinstance(match, NoMatch) or match.location is None:
        return "undefined"
    arguments: Any = match.arguments
    if arguments is not None:
        arguments = tuple(
            (each.original, each.value, each.name, each.start, each.end) for each in arguments
        )
        if arguments and not is_plain(arguments):
            return "not plain"
    return MatchFound(match.location.filename, match.location.line, arguments)


class RecordedStream(io.TextIOWrapper):
    """A standard stream whose text is recorded.

    Args:
        wrote: takes the text.
        stands_for: the stream that it replaces; has the buffer and the file descriptor.
    """

    def __init__(self, wrote: Callable[[str], None], stands_for: TextIO) -> None:
        encoding, errors = stands_for.encoding, stands_for.errors
        super().__init__(stands_for.buffer, encoding, errors, line_buffering=True)
        vars(self)["mode"] = stands_for.mode
        self._wrote = wrote

    def write(self, text: str) -> int:
        """Record the text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._wrote(text)
        return len(text)

"""The states of scenarios and steps after they ran, and their captured output as run events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from maidenhair.events import OutputCaptured

LONGEST_OUTPUT = 64 * 1024
"""The number of characters of output in one event. Of longer output, it has the head and the tail."""


class Output(Protocol):
    """Output that behave captured."""

    @property
    def name(self) -> str | None:
        """The step or hook that wrote it."""

    @property
    def out(self) -> str:
        """The part on standard output."""

    @property
    def err(self) -> str:
        """The part on standard error."""

    @property
    def log(self) -> str:
        """The part from Python's logging."""


class State(Protocol):
    """The state of a scenario or step after it ran."""

    @property
    def status(self) -> str:
        """The name of behave's status."""

    @property
    def error_message(self) -> str | None:
        """The error."""

    @property
    def captured(self) -> Iterable[Output]:
        """Its output."""

    @property
    def duration(self) -> float:
        """The seconds that a step took."""

    @property
    def skip_reason(self) -> str | None:
        """The reason of a skipped scenario."""

    @property
    def artifacts(self) -> Sequence[str]:
        """The paths of the artifacts of a scenario."""


def outputs_of(spec: str, attempt: int, captured: Iterable[Output]) -> Iterator[OutputCaptured]:
    """Yield the captured output of a spec as run events."""
    for each in captured:
        name = each.name or ""
        if each.out:
            yield OutputCaptured(spec, name, "out", shorten(each.out), attempt)
        if each.err:
            yield OutputCaptured(spec, name, "err", shorten(each.err), attempt)
        if each.log:
            yield OutputCaptured(spec, name, "log", shorten(each.log), attempt)


def shorten(text: str, longest: int = LONGEST_OUTPUT) -> str:
    """Return the head and the tail of a text that is too long, with the number of characters in between."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters omitted …\n{text[-half:]}"

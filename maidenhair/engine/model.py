"""behave's objects as the engine sees them: protocols, because behave has no types.

What only behave's own code uses is left out. Names with an underscore are behave's, and have no public counterpart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Protocol

from behave.model_type import Status


class Captured(Protocol):
    """The output that behave captured while an element ran."""

    captures: Sequence[Any]
    add_captured: Callable[..., None]

    def reset(self) -> None:
        """Forget the output."""


class Element(Protocol):
    """A feature, rule, scenario or step, with what a run leaves in it."""

    name: str
    location: object
    hook_failed: bool
    error_message: str | None
    exception: BaseException | None
    exc_traceback: TracebackType | None
    captured: Captured
    status: Status


class Row(Protocol):
    """A row of a table."""

    cells: Sequence[str]


class Table(Protocol):
    """A table below a step."""

    headings: Sequence[str]

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows below the headings."""


class Step(Element, Protocol):
    """A step."""

    type: Literal["step"]
    keyword: str
    duration: float
    line: int
    text: str | None
    table: Table | None

    def reset(self) -> None:
        """Forget that it ran."""


class Described(Protocol):
    """An element with a description: the lines between its heading and its first step."""

    line: int
    description: Sequence[str]


class Background(Described, Protocol):
    """The steps before those of each scenario of a feature or rule."""

    type: Literal["background"]
    steps: Sequence[Step]


class Selectable(Element, Described, Protocol):
    """A feature, rule or scenario: what tags, names and hooks select or skip."""

    filename: str
    line: int
    tags: Sequence[str]
    description: Sequence[str]
    should_skip: bool
    skip_reason: str | None
    _cached_status: Status

    @property
    def parent(self) -> Feature | Rule | Outline | None:
        """Return the rule, outline or feature around it; None for a feature."""

    def should_run(self, config: Config | None = None) -> bool:
        """Return whether it is selected, and not skipped."""

    def set_status(self, status: Status | str) -> None:
        """Set the status, in place of the one that follows from what is inside."""

    def clear_status(self) -> None:
        """Have the status computed anew."""


class NameSelectable(Protocol):
    """A part of a feature that behave's option `--name` can select."""

    def should_run_with_name_select(self, config: Config) -> bool:
        """Return whether the option selects it."""

    def mark_skipped(self) -> None:
        """Skip it."""


class Scenario(Selectable, NameSelectable, Protocol):
    """A scenario, or the row of an outline."""

    type: Literal["scenario"]
    feature: Feature
    steps: Sequence[Step]
    all_steps: Iterable[Step]
    background_steps: Sequence[Step]
    effective_tags: Iterable[str]
    _row: object

    @property
    def parent(self) -> Feature | Rule | Outline:
        """Return the rule, outline or feature around it."""

    def run(self, runner: object) -> bool:
        """Run the hooks and the steps. Return whether it failed."""

    def skip(self, reason: str | None = None) -> None:
        """Skip what has not run of it."""


class Outline(Selectable, NameSelectable, Protocol):
    """A scenario outline."""

    type: Literal["scenario_outline"]
    scenarios: Sequence[Scenario]
    steps: Sequence[Step]

    @property
    def parent(self) -> Feature | Rule:
        """Return the rule or feature around it."""


class Rule(Selectable, Protocol):
    """A rule."""

    type: Literal["rule"]
    background: Background | None
    capture_sink: object

    @property
    def run_items(self) -> Sequence[Scenario | Outline]:
        """Return what is in it, in order."""

    def walk_scenarios(self) -> Iterable[Scenario]:
        """Return the scenarios and the rows of outlines in it, in order."""

    def _setup_context_for_run(self, context: object) -> None:
        """Make it known to the context."""


class Feature(Selectable, Protocol):
    """A feature."""

    type: Literal["feature"]
    language: str
    background: Background | None
    capture_sink: object

    @property
    def run_items(self) -> Sequence[Rule | Scenario | Outline]:
        """Return what is in it, in order."""

    def iter_rules(self) -> Iterator[Rule]:
        """Return the rules in it."""

    def walk_scenarios(self) -> Iterable[Scenario]:
        """Return the scenarios and the rows of outlines in it and in its rules, in order."""

    def _setup_context_for_run(self, context: object) -> None:
        """Make it known to the context."""


Container = Feature | Rule
Item = Rule | Scenario | Outline


class Formatter(Protocol):
    """A formatter. Those for rules and attachments have further methods, which not every formatter has."""

    def uri(self, uri: str) -> None:
        """Take the file of the feature that follows."""

    def feature(self, feature: Feature) -> None:
        """Take a feature that begins."""

    def background(self, background: object) -> None:
        """Take the background of a feature or rule."""

    def scenario(self, scenario: Scenario) -> None:
        """Take a scenario that begins."""

    def step(self, step: Step) -> None:
        """Take a step of the scenario, before any of them runs."""

    def match(self, match: object) -> None:
        """Take the step function of the step that runs next."""

    def result(self, step: Step) -> None:
        """Take a step that ended."""

    def eof(self) -> None:
        """Take the end of a feature."""

    def close(self) -> None:
        """Take the end of the run."""


class Reporter(Protocol):
    """A reporter."""

    def feature(self, feature: Feature) -> None:
        """Take a feature that ended, or did not run."""

    def end(self) -> None:
        """Take the end of the run."""


class Output(Protocol):
    """The output of a formatter: a file or folder, or standard output without a name."""

    name: str | None


class Config(Protocol):
    """behave's configuration."""

    dry_run: bool
    jobs: int
    junit: bool
    lang: str | None
    name: Sequence[str]
    format: Sequence[str]
    outputs: Sequence[Output]
    reporters: list[Reporter]
    show_skipped: bool
    show_snippets: bool
    stop: bool
    summary: bool
    tag_expression: object
    userdata: Mapping[str, Any]

    def exclude(self, location: object) -> bool:
        """Return whether an option leaves a file out."""

    def has_colored_mode(self) -> bool:
        """Return whether output is coloured."""


class Runner(Protocol):
    """behave's runner, as far as all parts of the engine use it."""

    config: Config
    formatters: Sequence[Formatter]
    aborted: bool
    hook_failures: int

"""The formatter that publishes the steps of specs which run in the main process."""

from __future__ import annotations

from collections.abc import Callable

from maidenhair.engine.capture.outcomes import ElementState
from maidenhair.engine.model import Scenario, Step

EndStep = Callable[[Scenario, int, int, ElementState], object]
Attach = Callable[[Scenario, int, str, bytes], object]


class StepEvents:
    """Passes the steps and attachments of the running attempt on.

    Args:
        end_step: takes the scenario of the planned spec, the attempt, and the number and the state of a step.
        attach: takes the scenario of the planned spec, the attempt, a type and data.
        prepare: called with each step before it is passed on.
        set_in_step: called with whether a step runs.
    """

    name = "maidenhair.events"
    description = "Publishes run events."

    def __init__(
        self,
        end_step: EndStep,
        attach: Attach,
        prepare: Callable[[Step], object],
        set_in_step: Callable[[bool], object],
    ) -> None:
        self._prepare = prepare
        self._set_in_step = set_in_step
        self._end_step = end_step
        self._attach = attach
        self._running: tuple[Scenario, int] | None = None
        self._numbers: dict[int, int] = {}

    def begin(self, scenario: Scenario, attempt: int, running: Scenario) -> None:
        """Begin an attempt.

        Args:
            scenario: the scenario of the planned spec.
            attempt: the number of the attempt.
            running: the copy of the scenario that runs.
        """
        self._running = (scenario, attempt)
        self._numbers = {id(step): number for number, step in enumerate(running.all_steps)}

    def end(self) -> None:
        """End the attempt."""
        self._running = None

    def nothing(self, *_: object) -> None:
        """Do nothing."""

    uri = feature = rule = background = scenario = step = eof = close = nothing

    def match(self, _: object) -> None:
        """Note that a step begins."""
        self._set_in_step(True)

    def result(self, step: Step) -> None:
        """Pass a step that ended on."""
        self._set_in_step(False)
        number = self._numbers.get(id(step))
        if self._running is not None and number is not None:
            self._prepare(step)
            self._end_step(*self._running, number, ElementState.of(step))

    def embedding(self, mime_type: str, data: bytes) -> None:
        """Pass an attachment on."""
        if self._running is not None:
            self._attach(*self._running, mime_type, data)

"""behave's pretty formatter in colour, without moves of the cursor."""

from __future__ import annotations

from behave.formatter.pretty import PrettyFormatter

from maidenhair.engine.model import Formatter, Step
from maidenhair.engine.step_functions import Match


class SteadyPretty(PrettyFormatter):  # type: ignore[misc]
    """Writes each step once, with its result, when it has ended.

    In colour, behave writes a step before it runs, and moves the cursor up to write its result over it. Where it
    misjudges the number of lines, as after output of the step or a resize, or with wide characters, that destroys
    other lines.
    """

    def match(self, match: Match) -> None:
        """Take the step function of the next step."""
        if not self.colored:
            super().match(match)
            return
        self._match = match
        self.print_statement()
        self.stream.flush()

    def result(self, step: Step) -> None:
        """Write a step and its error."""
        if not self.colored:
            super().result(step)
            return
        match = self._match
        arguments, location = (match.arguments, match.location) if match else ([], None)
        self.print_step(step.status, arguments, location, proceed=True)
        if step.error_message:
            lines = step.error_message.strip().splitlines()
            self.stream.write(
                "\n".join(f"      {line}" if line.strip() else line for line in lines)
            )
            self.stream.write("\n\n")
        self.stream.flush()


def make_steady(formatter: Formatter) -> None:
    """Have a pretty formatter of behave's write each step once, and never move the cursor up."""
    # Subclasses are not behave's, and may write steps in another way.
    if type(formatter) is PrettyFormatter:
        formatter.__class__ = SteadyPretty

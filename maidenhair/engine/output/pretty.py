"""behave's pretty formatter for steps that have ended when they are shown."""

from __future__ import annotations

from collections.abc import Iterable

from behave.formatter.pretty import PrettyFormatter

from maidenhair.engine.model import Formatter, Match, Step


class SettledPretty(PrettyFormatter):  # type: ignore[misc]
    """Writes each step once, with its result, and never moves the cursor up, if it is settled.

    In colour, behave writes a step before it runs, and moves the cursor up to write its result over it. Where it
    misjudges the number of lines, as after a resize or with wide characters, that destroys other lines.

    Attributes:
        settled: whether every step has ended when it is shown.
    """

    settled = False

    def match(self, match: Match) -> None:
        """Take the step function of the next step."""
        if not (self.colored and self.settled):
            super().match(match)
            return
        self._match = match
        self.print_statement()

    def result(self, step: Step) -> None:
        """Write a step and its error."""
        if not (self.colored and self.settled):
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


def make_settleable(formatter: Formatter) -> None:
    """Have a pretty formatter of behave's write each step once, as soon as it is settled."""
    # Subclasses are not behave's, and may write steps in another way.
    if type(formatter) is PrettyFormatter:
        formatter.__class__ = SettledPretty


def settle(formatters: Iterable[Formatter]) -> None:
    """Say that every step has ended when formatters get it."""
    for formatter in formatters:
        if isinstance(formatter, SettledPretty):
            formatter.settled = True

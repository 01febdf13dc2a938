"""Lines at the bottom of a terminal that change in place."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text


class LiveLines:
    """Lines on standard error, below the output of the run."""

    def __init__(self) -> None:
        self._live = Live(
            console=Console(file=sys.stderr),
            transient=True,
            refresh_per_second=4,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def start(self) -> None:
        """Begin to show them."""
        self._live.start()

    def stop(self) -> None:
        """Take them away."""
        self._live.stop()

    def show(self, lines: Sequence[str]) -> None:
        """Show other lines; the first one stands out."""
        table = Table.grid()
        for number, line in enumerate(lines):
            style = "dim" if number else "bold"
            table.add_row(Text(line, style=style, no_wrap=True, overflow="ellipsis"))
        self._live.update(table)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Hide them during other output."""
        if not self._live.is_started:
            yield
            return
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

"""Shows what the hooks around all specs did in the workers: once, and not for each worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from maidenhair.engine.parallel.progress import RunProgress
from maidenhair.engine.replay.added import HookRunner, restored_reporters
from maidenhair.engine.run_state import RunState
from maidenhair.engine.wire import protocol
from maidenhair.engine.wire.records import Event


class Player(Protocol):
    """Shows the events of hooks."""

    def play(self, events: Iterable[Event]) -> None:
        """Show the events of a hook outside of features."""


class RunHooksShown:
    """The hooks before_all and after_all of the workers, as the run shows them.

    Args:
        runner: takes the reporters that before_all adds.
        state: takes the failures.
        player: shows events.
        progress: steps aside meanwhile.
    """

    def __init__(
        self, runner: HookRunner, state: RunState, player: Player, progress: RunProgress
    ) -> None:
        self._runner = runner
        self._state = state
        self._player = player
        self._progress = progress
        self._shown: set[str] = set()

    def ready(self, message: protocol.Ready) -> None:
        """Show before_all, and add the reporters that it added in the first worker that is ready."""
        self._show(message.events)
        if self._state.has_reporters:
            return
        self._state.has_reporters = True
        if message.reporters is not None:
            reporters = restored_reporters(message.reporters, self._runner)
            self._runner.config.reporters.extend(reporters)
        for problem in message.problems:
            self._state.fail(problem)

    def finished(self, message: protocol.Finished, number: int) -> None:
        """Show after_all of the worker with a number."""
        self._show(message.events)
        if not message.passed:
            self._state.fail(f"the hook after_all or a cleanup failed in worker {number}")

    def _show(self, events: Sequence[Event]) -> None:
        text = repr(events)
        if text not in self._shown:
            self._shown.add(text)
            with self._progress.aside():
                self._player.play(events)

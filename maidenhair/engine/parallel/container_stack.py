"""Where a worker is: it enters features and rules for the first spec in them, and leaves them for one elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from maidenhair.engine.execution.feature_walk import Entered, enter, leave
from maidenhair.engine.execution.guarded_runner import GuardedRunner
from maidenhair.engine.planning.specs import SpecId

Tell = Callable[[SpecId, bool, Any, int], None]
"""Takes a place, whether it was entered or left, the feature or rule, and how many hooks failed meanwhile."""


class Whereabouts:
    """Enters and leaves features and rules.

    Args:
        runner: runs their hooks.
        tell: told of each that was entered or left.
    """

    def __init__(self, runner: GuardedRunner, tell: Tell) -> None:
        self._runner = runner
        self._tell = tell
        self._stack: list[tuple[Any, SpecId, Entered]] = []

    def go_to(self, containers: Sequence[Any], feature: int, path: tuple[int, ...]) -> bool:
        """Enter the feature and the rule of a spec, unless the worker is there; return whether they are open.

        Args:
            containers: the feature, and what is between it and the spec.
            feature: the feature's number in the run.
            path: where the spec is in the feature.
        """
        wanted = [
            (container, SpecId(feature, path[:depth]))
            for depth, container in enumerate(containers)
            if container.type != "scenario_outline"
        ]
        shared = 0
        while shared < min(len(wanted), len(self._stack)):
            if self._stack[shared][1] != wanted[shared][1]:
                break
            shared += 1
        self.leave(shared)
        for container, place in wanted[shared:]:
            if self._stack and not self._stack[-1][2].open:
                return False
            self._enter(container, place)
        return self._stack[-1][2].open

    def leave(self, depth: int = 0) -> None:
        """Leave all, or all but the outermost ones."""
        while len(self._stack) > depth:
            container, place, entered = self._stack.pop()
            failures = self._runner.hook_failures
            leave(self._runner, container, entered)
            self._runner.end_spec()
            self._tell(place, False, container, self._runner.hook_failures - failures)

    def _enter(self, container: Any, place: SpecId) -> None:
        failures = self._runner.hook_failures
        container.captured.reset()
        container.error_message = container.exception = container.exc_traceback = None
        entered = enter(self._runner, container)
        self._runner.end_spec()
        self._stack.append((container, place, entered))
        self._tell(place, True, container, self._runner.hook_failures - failures)

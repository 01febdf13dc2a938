"""The features and rules that a worker is in: entered for the first spec in them, left for one elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from maidenhair.engine.execution.feature_walk import ContainerRunner, Entered, enter, leave
from maidenhair.engine.model import Container, Outline
from maidenhair.engine.planning.specs import SpecId

OnVisit = Callable[[SpecId, bool, Container, int], None]
"""Takes a place, whether it was entered or left, the feature or rule, and how many hooks failed meanwhile."""


class ContainerStack:
    """Enters and leaves features and rules.

    Args:
        runner: runs their hooks.
        on_visit: called after each that was entered or left.
    """

    def __init__(self, runner: ContainerRunner, on_visit: OnVisit) -> None:
        self._runner = runner
        self._on_visit = on_visit
        self._stack: list[tuple[Container, SpecId, Entered]] = []

    def go_to(
        self, containers: Sequence[Container | Outline], feature: int, path: tuple[int, ...]
    ) -> bool:
        """Enter the feature and the rule of a spec, unless the worker is in them; return whether they are open.

        Args:
            containers: the feature, and the rule and outline between it and the spec.
            feature: the feature's number in the run.
            path: the place of the spec in the feature.
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
            self._on_visit(place, False, container, self._runner.hook_failures - failures)

    def _enter(self, container: Container, place: SpecId) -> None:
        failures = self._runner.hook_failures
        container.captured.reset()
        container.error_message = container.exception = container.exc_traceback = None
        entered = enter(self._runner, container)
        self._runner.end_spec()
        self._stack.append((container, place, entered))
        self._on_visit(place, True, container, self._runner.hook_failures - failures)

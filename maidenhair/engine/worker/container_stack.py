"""The features and rules that a worker is in: entered for the first spec in them, left for one elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from maidenhair.engine.execution.feature_walk import ContainerRunner, Entered, enter, leave
from maidenhair.engine.model import Container, Outline
from maidenhair.engine.planning.places import SpecId
from maidenhair.engine.wire.records import Changed
from maidenhair.engine.worker.recorder import ChangeWatch

OnVisit = Callable[[SpecId, bool, Container, int, Changed | None], None]
"""Takes a place, whether it was entered or left, the feature or rule, the failed hooks, and what hooks changed."""


class SettlingRunner(ContainerRunner, Protocol):
    """A runner that may hold results of specs."""

    def settle(self, container: Container) -> None:
        """Wait for held results before a feature or rule is left."""


class _Open(NamedTuple):
    container: Container
    place: SpecId
    entered: Entered
    watch: ChangeWatch


class ContainerStack:
    """Enters and leaves features and rules.

    Args:
        runner: runs their hooks.
        on_visit: called after each that was entered or left.
    """

    def __init__(self, runner: SettlingRunner, on_visit: OnVisit) -> None:
        self._runner = runner
        self._on_visit = on_visit
        self._stack: list[_Open] = []

    def leave_others(
        self, containers: Sequence[Container | Outline], feature: int, path: tuple[int, ...]
    ) -> None:
        """Leave the features and rules that a spec is not in.

        Args:
            containers: the feature, and the rule and outline between it and the spec.
            feature: the feature's number in the run.
            path: the place of the spec in the feature.
        """
        places = [place for _, place in _wanted(containers, feature, path)]
        shared = 0
        while shared < min(len(places), len(self._stack)):
            if self._stack[shared].place != places[shared]:
                break
            shared += 1
        self.leave(shared)

    def enter(
        self, containers: Sequence[Container | Outline], feature: int, path: tuple[int, ...]
    ) -> bool:
        """Enter the features and rules that a spec is in, after the others were left. Return whether they are open."""
        for container, place in _wanted(containers, feature, path)[len(self._stack) :]:
            if self._stack and not self._stack[-1].entered.open:
                return False
            self._enter(container, place)
        return self._stack[-1].entered.open

    def leave(self, depth: int = 0) -> None:
        """Leave all, or all but the outermost ones."""
        while len(self._stack) > depth:
            container, place, entered, watch = self._stack.pop()
            self._runner.settle(container)
            failures = self._runner.hook_failures
            leave(self._runner, container, entered)
            self._runner.end_spec()
            failed = self._runner.hook_failures - failures
            self._on_visit(place, False, container, failed, watch.change())

    def _enter(self, container: Container, place: SpecId) -> None:
        failures = self._runner.hook_failures
        container.captured.reset()
        container.error_message = container.exception = container.exc_traceback = None
        watch = ChangeWatch(container)
        entered = enter(self._runner, container)
        self._runner.end_spec()
        self._stack.append(_Open(container, place, entered, watch))
        failed = self._runner.hook_failures - failures
        self._on_visit(place, True, container, failed, watch.change())


def _wanted(
    containers: Sequence[Container | Outline], feature: int, path: tuple[int, ...]
) -> list[tuple[Container, SpecId]]:
    return [
        (container, SpecId(feature, path[:depth]))
        for depth, container in enumerate(containers)
        if container.type != "scenario_outline"
    ]

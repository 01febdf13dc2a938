"""Walks features in behave's order: enters and leaves features and rules, and yields their scenarios."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from maidenhair.engine.execution.context import EngineContext
from maidenhair.engine.model import Config, Container, Feature, Item, Runner, Scenario


class ContainerRunner(Runner, Protocol):
    """A runner of the hooks around features and rules."""

    context: EngineContext

    def end_spec(self) -> None:
        """End all limits of a spec."""

    def run_hook_with_capture(
        self, hook_name: str, *args: object, capture_sink: object = ...
    ) -> bool:
        """Run a hook, and return whether it passed."""

    def run_hook_tags_with_capture(
        self, hook_name: str, tags: Sequence[str], capture_sink: object
    ) -> bool:
        """Run a hook for each tag, and return whether all passed."""


class FeatureRunner(ContainerRunner, Protocol):
    """A runner of whole features."""

    feature: Feature | None

    def report(self, feature: Feature) -> None:
        """Pass a feature that is over to the reporters."""


@dataclass(frozen=True)
class Entered:
    """A feature or rule that was entered.

    Attributes:
        shown: whether formatters announce it.
        wanted: whether its tags, or a hook, leave it to run.
        hooks: whether its hooks ran.
        open: whether its specs may run.
        failures: how many hooks failed.
    """

    shown: bool
    wanted: bool
    hooks: bool
    open: bool
    failures: int


def enter(runner: ContainerRunner, container: Container) -> Entered:
    """Enter a feature or rule as behave does: its context, its announcement, and the hooks before it."""
    runner.end_spec()
    container.clear_status()
    container.hook_failed = False
    runner.context._push(layer=container.type)
    runner.context.tags = set(container.tags)
    container._setup_context_for_run(runner.context)
    wanted = container.should_run(runner.config)
    shown = bool(wanted or runner.config.show_skipped)
    if shown:
        for formatter in runner.formatters:
            announce = getattr(formatter, container.type, None)
            if announce is not None:
                announce(container)
        if container.background:
            for formatter in runner.formatters:
                formatter.background(container.background)
    if runner.config.dry_run or not wanted:
        return Entered(shown, wanted, False, not runner.aborted, 0)
    sink = container.capture_sink
    runner.run_hook_tags_with_capture("before_tag", container.tags, capture_sink=sink)
    runner.run_hook_with_capture(f"before_{container.type}", container, capture_sink=sink)
    wanted = container.should_run()
    shown = bool(wanted or runner.config.show_skipped)
    is_open = not container.hook_failed and not runner.aborted
    return Entered(shown, wanted, True, is_open, int(container.hook_failed))


def leave(runner: ContainerRunner, container: Container, entered: Entered) -> bool:
    """Leave a feature or rule as behave does; return whether it failed apart from its specs."""
    failed = entered.failures > 0
    container.clear_status()
    if not container.run_items and not entered.wanted:
        container.set_status("skipped")
    sink = container.capture_sink
    if entered.hooks:
        runner.run_hook_with_capture(f"after_{container.type}", container, capture_sink=sink)
        runner.run_hook_tags_with_capture("after_tag", container.tags, capture_sink=sink)
        if container.hook_failed:
            container.set_status("hook_error")
            failed = True
    try:
        runner.context._pop(capture_sink=sink)
    except Exception:  # the context has reported it by now
        container.set_status("cleanup_error")
        failed = True
    return failed


def finish(runner: Runner, container: Container, entered: Entered) -> None:
    """Announce the end of a feature or rule to the formatters."""
    if entered.shown:
        name = "eof" if container.type == "feature" else f"{container.type}_finished"
        for formatter in runner.formatters:
            announce = getattr(formatter, name, None)
            if announce is not None:
                announce()


Walk = Generator[Scenario, bool | None, bool]
"""Yields scenarios, is sent whether each failed, and returns whether any scenario or hook failed."""


def walk_features(
    runner: FeatureRunner, features: Sequence[Feature]
) -> Generator[Scenario, bool | None, int]:
    """Walk features in behave's order and yield each scenario to its runner. Return the number of failed features."""
    going, failures = not runner.aborted, 0
    for feature in features:
        if going:
            runner.feature = feature
            for formatter in runner.formatters:
                formatter.uri(feature.filename)
            if (yield from _walk_container(runner, feature)):
                failures += 1
                going = not (runner.config.stop or runner.aborted)
        runner.report(feature)
    return failures


def _walk_container(runner: ContainerRunner, container: Container) -> Walk:
    entered = enter(runner, container)
    failed = False
    if entered.open:
        for item in container.run_items:
            if skip_unnamed(runner.config, item):
                continue
            if (yield from _walk_item(runner, item)):
                failed = True
                if runner.config.stop or runner.aborted:
                    break
    failed = leave(runner, container, entered) or failed
    finish(runner, container, entered)
    return failed


def skip_unnamed(config: Config, item: Item) -> bool:
    """Skip a scenario or outline that the option `--name` leaves out; return whether it did."""
    if item.type == "rule" or not config.name or item.should_run_with_name_select(config):
        return False
    item.mark_skipped()
    return True


def _walk_item(runner: ContainerRunner, item: Item) -> Walk:
    if item.type == "rule":
        return (yield from _walk_container(runner, item))
    if item.type != "scenario_outline":
        return bool((yield item))
    item.clear_status()
    failed = False
    for scenario in item.scenarios:
        runner.context._set_root_attribute("active_outline", scenario._row)
        if (yield scenario):
            failed = True
            if runner.config.stop or runner.aborted:
                break
    runner.context._set_root_attribute("active_outline", None)
    return failed

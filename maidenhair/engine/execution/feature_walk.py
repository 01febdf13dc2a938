"""Walks features in behave's order: enters and leaves features and rules, and yields their scenarios."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entered:
    """A feature or rule that was entered.

    Attributes:
        shown: whether formatters are told of it.
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


def enter(runner: Any, container: Any) -> Entered:
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


def leave(runner: Any, container: Any, entered: Entered) -> bool:
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
    except Exception:  # behave has told it by now
        container.set_status("cleanup_error")
        failed = True
    return failed


def finish(runner: Any, container: Any, entered: Entered) -> None:
    """Tell formatters that a feature or rule is over."""
    if entered.shown:
        name = "eof" if container.type == "feature" else f"{container.type}_finished"
        for formatter in runner.formatters:
            tell = getattr(formatter, name, None)
            if tell is not None:
                tell()


Walk = Generator[Any, bool, bool]
"""Gives scenarios, is sent whether each failed, and returns whether any did or a hook."""


def walk_features(runner: Any, features: Sequence[Any]) -> Generator[Any, bool, int]:
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


def _walk_container(runner: Any, container: Any) -> Walk:
    entered = enter(runner, container)
    failed = False
    if entered.open:
        for item in container.run_items:
            selects = getattr(item, "should_run_with_name_select", None)
            if runner.config.name and selects and not selects(runner.config):
                item.mark_skipped()
                continue
            if (yield from _walk_item(runner, item)):
                failed = True
                if runner.config.stop or runner.aborted:
                    break
    failed = leave(runner, container, entered) or failed
    finish(runner, container, entered)
    return failed


def _walk_item(runner: Any, item: Any) -> Walk:
    if item.type == "rule":
        return (yield from _walk_container(runner, item))
    if item.type != "scenario_outline":
        return (yield item)
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

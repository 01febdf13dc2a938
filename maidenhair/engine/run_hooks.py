"""The hooks around the whole run: before_run, whose value every worker gets, and after_run."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Protocol

from maidenhair.engine.capture.text_filters import TextFilters, filtered_streams
from maidenhair.engine.model import Runner
from maidenhair.engine.run_state import RunState
from maidenhair.errors import ConfigurationError


class RunHookRunner(Runner, Protocol):
    """A runner of hooks without arguments."""

    hooks: dict[str, Callable[..., object]]
    filters: TextFilters

    def run_hook(self, hook_name: str) -> bool:
        """Run a hook, and return whether it passed."""

    def run_hook_with_capture(self, hook_name: str) -> bool:
        """Run a hook with its output captured, and return whether it passed."""


def run_before_run(runner: RunHookRunner, state: RunState) -> bool:
    """Run the hook before_run, and put its value into the state. Return whether it passed."""
    hook = runner.hooks.get("before_run")
    if hook is None or runner.config.dry_run:
        return True

    def before_run(context: object) -> None:
        try:
            state.value = hook(context)
        except ConfigurationError:
            state.wrong_use = True
            raise

    runner.hooks["before_run"] = before_run
    with filtered_streams(runner.filters):
        passed = runner.run_hook("before_run")
    if not passed:
        state.summary.trouble("the hook before_run failed")
        return False
    try:
        # Workers get a copy, so the process itself does too.
        state.value = pickle.loads(pickle.dumps(state.value))
    except Exception as error:  # anything that an object of the suite's raises
        reason = f"the value that before_run returned, {state.value!r}, cannot be sent to workers: {error}"
        print(f"HOOK-ERROR in before_run: {reason}")
        state.summary.trouble(reason)
        runner.hook_failures += 1
        state.value = None
        return False
    return True


def run_after_run(runner: RunHookRunner, state: RunState) -> None:
    """Run the hook after_run."""
    with filtered_streams(runner.filters):
        passed = runner.run_hook_with_capture("after_run")
    if not passed:
        state.fail("the hook after_run failed")

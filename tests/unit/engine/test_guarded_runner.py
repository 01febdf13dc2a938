"""The runner of a worker, before its first spec."""

from __future__ import annotations

from pathlib import Path

from behave.configuration import Configuration

from maidenhair.config.engine import EngineSettings
from maidenhair.engine.execution.guarded_runner import GuardedRunner
from maidenhair.engine.limits.suite_limits import SuiteLimits
from maidenhair.engine.limits.time_limits import Guard

HOOKS = """
def before_all(context):
    raise RuntimeError("this hook must not run")
"""


class Recording(GuardedRunner):
    """A runner that records the reasons for which the suite stops the run."""

    reasons: list[str]

    def stop_run(self, reason: str) -> None:
        self.reasons.append(reason)


def test_a_signal_before_the_suite_is_loaded_is_no_stop_by_the_suite(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "environment.py").write_text(HOOKS)
    (tmp_path / "f.feature").write_text("Feature: f\n")
    config = Configuration([str(tmp_path)], load_config=False)
    guard = Guard(lambda reason: None, 1)
    runner = Recording(config, SuiteLimits.of(EngineSettings()), guard, tmp_path)
    runner.reasons = []
    runner.interrupt()

    with runner.path_manager:
        runner.setup_paths()
        runner.load()
    passed = runner.run_hook("before_all")

    assert runner.aborted
    assert not passed
    assert not runner.has_begun
    assert runner.reasons == []

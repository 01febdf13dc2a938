"""Specs that are expected to fail, because what they test has a known flaw."""

from __future__ import annotations

from behave.model_type import Status

from maidenhair.engine.model import Scenario

_EXPECTED = "expected_failure"
_IS_STRICT = "fails_if_it_passes"


def expect_failure(scenario: Scenario, reason: str, strict: bool) -> None:
    """Take note that a scenario, which has not run yet, is expected to fail; see `EngineContext.expect_failure`."""
    vars(scenario)[_EXPECTED], vars(scenario)[_IS_STRICT] = reason, strict


def settle(scenario: Scenario, failed: bool) -> bool:
    """Compare how a scenario ended with what was expected of it, and return whether it failed.

    Only a failed assertion was expected. Another error, an undefined step, and hooks and cleanups that failed stay
    failures. behave reserves the statuses `xfailed` and `xpassed` for this, and counts both as passed.

    Args:
        scenario: a scenario that just ran.
        failed: whether it failed.
    """
    reason = vars(scenario).pop(_EXPECTED, None)
    is_strict = vars(scenario).pop(_IS_STRICT, False)
    if reason is None:
        return failed
    if scenario.status is Status.failed:
        scenario.set_status(Status.xfailed)
        scenario.skip_reason = f"fails as expected: {reason}"
        return False
    if scenario.status is not Status.passed:
        return failed
    mended = f"passes although it was expected to fail, so the flaw seems mended: {reason}"
    if not is_strict:
        scenario.set_status(Status.xpassed)
        scenario.skip_reason = mended
        return failed
    scenario.set_status(Status.failed)
    scenario.error_message = f"The spec {mended}"
    return True

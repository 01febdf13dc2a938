"""Waits for a cluster's own components, before there is an API to watch."""

from __future__ import annotations

from collections.abc import Callable

import tenacity

from maidenhair.errors import ClusterError


def wait_until(problem: Callable[[], str], seconds: float, goal: str) -> None:
    """Call `problem` every 20 ms until it returns an empty text.

    Args:
        problem: describes why the goal is not reached yet. An error that it raises ends the wait.
        seconds: the time limit.
        goal: the awaited state, for the error, such as "node-1 to be Ready".

    Raises:
        ClusterError: there was still a problem at the time limit.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_result(bool),
        wait=tenacity.wait_fixed(0.02),
        stop=tenacity.stop_after_delay(seconds),
    )
    try:
        retrying(problem)
    except tenacity.RetryError as error:
        last_problem = error.last_attempt.result()
        raise ClusterError(
            f"timed out after {seconds:.0f} s waiting for {goal}: {last_problem}"
        ) from None

"""Waits of the cluster's own parts, before there is an API to watch."""

from __future__ import annotations

from collections.abc import Callable

import tenacity

from maidenhair.errors import ClusterError


def wait_until(problem: Callable[[], str], seconds: float, what: str) -> None:
    """Call `problem` every 20 ms until it returns an empty text; an error that it raises ends the wait.

    Raises:
        ClusterError: there was still a problem after `seconds`; the text names `what` and the problem.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_result(bool),
        wait=tenacity.wait_fixed(0.02),
        stop=tenacity.stop_after_delay(seconds),
    )
    try:
        retrying(problem)
    except tenacity.RetryError as error:
        seen = error.last_attempt.result()
        raise ClusterError(f"waited {seconds:.0f} s for {what}, in vain: {seen}") from None

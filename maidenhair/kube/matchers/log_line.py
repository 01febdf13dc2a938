"""Match logs that contain a line."""

from __future__ import annotations

from typing import Any

from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description
from hamcrest.core.matcher import Matcher

from maidenhair.kube.matchers.texts import as_substring_matcher, render, shorten

MAX_LINES = 3


def has_log_line(line: str | Matcher[Any]) -> BaseMatcher[str | None]:
    """Match the text of a log, for example from `Kube.pod_logs`, that contains a line.

    Args:
        line: a part of the line, or a matcher for the whole line.

    Example:
        >>> has_log_line("listening on").matches("starting\\nlistening on port 80\\n")
        True
    """
    return HasLogLine(line)


class HasLogLine(BaseMatcher[str | None]):
    """Match the text of a log that contains a line."""

    def __init__(self, line: str | Matcher[Any]) -> None:
        self._line = as_substring_matcher(line)

    def _matches(self, item: str | None) -> bool:
        return self._found(item) is not None

    def describe_to(self, description: Description) -> None:
        """Describe the expected line."""
        description.append_text(f"a log with a line that is {render(self._line)}")

    def describe_mismatch(self, item: str | None, mismatch_description: Description) -> None:
        """Describe the length and the last lines of the log."""
        lines = (item or "").splitlines()
        if not lines:
            mismatch_description.append_text("the log was empty")
            return
        last = "; ".join(render(shorten(line)) for line in lines[-MAX_LINES:])
        mismatch_description.append_text(
            f"none of {len(lines)} lines matched; the last were {last}"
        )

    def describe_match(self, item: str | None, match_description: Description) -> None:
        """Describe the line."""
        match_description.append_text(f"the line was {render(shorten(self._found(item) or ''))}")

    def _found(self, item: str | None) -> str | None:
        lines = (item or "").splitlines()
        return next((line for line in lines if self._line.matches(line)), None)

"""Judge by its description whether an expectation is about success, failure, or neither."""

from __future__ import annotations

import re
from typing import Any

from hamcrest.core.matcher import Matcher
from hamcrest.core.string_description import StringDescription

# Texts of expectations that something exists, which contain the word "not".
_EXISTENCE = re.compile(r"not (?:None|null|<None>)", re.IGNORECASE)
_FAILURE = re.compile(
    r"""
    abort | absent | backoff | cancel | conflict | crash | degraded | denied | disrupt | error | evict | exceed
    | exitcode | fail | false | forbidden | invalid | kill | lost | missing | no\ such | \bnot?\b | oom | pending
    | problem | refus | reject | restart | stalled | stuck | suspend | terminat | timed\ out | timeout | unavailable
    | unhealthy | unknown | unready | unreachable | unschedulable | waiting | warning
    """,
    re.IGNORECASE | re.VERBOSE,
)
_STATUS = re.compile(
    r"""
    available | bound | \bcondition | complete | established | healthy | phase | programmed | ready | running
    | \bstatus\b | succe | synced
    """,
    re.IGNORECASE | re.VERBOSE,
)


def may_expect_failure(matcher: Matcher[Any]) -> bool:
    """Return whether an expectation may be that an object fails, does not become well, or does not exist.

    The description of the matcher decides, so matchers of any package can be judged. A word such as "Failed", "False",
    "BackOff" or "not" in it counts.

    Example:
        >>> from maidenhair.kube.matchers import has_condition
        >>> may_expect_failure(has_condition("Failed")), may_expect_failure(has_condition("Ready"))
        (True, False)
    """
    return accepts_absence(matcher) or _FAILURE.search(_description(matcher)) is not None


def expects_success(matcher: Matcher[Any]) -> bool:
    """Return whether an expectation is about the status of an object, and not that it fails.

    Example:
        >>> from maidenhair.kube.matchers import has_condition, has_labels
        >>> expects_success(has_condition("Ready")), expects_success(has_labels({"app": "web"}))
        (True, False)
    """
    return not may_expect_failure(matcher) and _STATUS.search(_description(matcher)) is not None


def accepts_absence(matcher: Matcher[Any]) -> bool:
    """Return whether an expectation holds if the object does not exist."""
    try:
        return bool(matcher.matches(None))
    except Exception:
        # A matcher of the user's may not be made for absent objects.
        return False


def _description(matcher: Matcher[Any]) -> str:
    text = str(StringDescription().append_description_of(matcher))
    return _EXISTENCE.sub("existing", text)

"""Names of the objects that a plain function looks at during a wait, so that the wait can name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MOST_SUBJECTS = 3
_WORDS = re.compile(r"[\w./-]*\w")

Subjects = dict[str, None]
"""Names of what was looked at, in the order of the first look."""

_CURRENT: ContextVar[Subjects | None] = ContextVar("what the current look is about", default=None)


@contextmanager
def noted_in(subjects: Subjects) -> Iterator[None]:
    """Have `note_look` add to these subjects while the context is entered."""
    token = _CURRENT.set(subjects)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def note_look(subject: str) -> None:
    """Note what is looked at, for example "get Pod shop/web". Do nothing outside a wait."""
    subjects = _CURRENT.get()
    if subjects is not None:
        subjects[subject] = None


def describe_looks(subjects: Subjects, description: str) -> str:
    """Return the subjects that a description does not name, at most three; "" if there are none."""
    named = set(_WORDS.findall(description))
    unnamed = [each for each in subjects if each.rpartition(" ")[2] not in named]
    more = len(unnamed) - MOST_SUBJECTS
    return ", ".join([*unnamed[:MOST_SUBJECTS], *([f"and {more} more"] if more > 0 else [])])

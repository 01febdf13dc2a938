"""Known flaws of the programs that systems deploy or find, and the versions that have them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from maidenhair.systems.capability import Findings

FLAW_TAG = re.compile(r"[\w-]+\.flaw\.[\w-]+")
"""The form of the tags of flaws."""


@dataclass(frozen=True)
class Flaw:
    """A known flaw of a program. Specs with its tag describe the right behaviour, and are expected to fail.

    Attributes:
        tag: the tag: the program, the word flaw and the flaw's name, for example "widgets.flaw.grey".
        meaning: what goes wrong, one sentence.
        found_in: returns the program and the version that has the flaw, or None if the cluster's does not have it. It
            sends no requests.

    Example:
        >>> Flaw("widgets.flaw.grey", "Widgets are grey.", lambda findings: "Widgets 1.2").meaning
        'Widgets are grey.'
    """

    tag: str
    meaning: str
    found_in: Callable[[Findings], str | None]

"""Why something cannot be made on this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Obstacle:
    """Something that is missing on this machine.

    Attributes:
        reason: what is missing, in words.
        remedy: the command or setting that helps.
    """

    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.reason}; {self.remedy}"

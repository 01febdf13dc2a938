"""Version numbers, and ranges of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def parse(text: str) -> tuple[int, ...]:
    """Return the numbers of the first version in `text`; empty if there is none.

    Example:
        >>> parse("go1.24")
        (1, 24, 0)
    """
    found = _VERSION.search(text)
    return tuple(int(number) for number in found.groups(default="0")) if found else ()


def numbers(text: str) -> str:
    """Return the first version in `text` without prefix and suffix: "1.4.7" of "1:1.4.7-1+b2"."""
    found = _VERSION.search(text)
    return found.group() if found else text


@dataclass(frozen=True)
class VersionRange:
    """The versions from `lowest` on, below `limit` if there is one."""

    lowest: tuple[int, ...]
    limit: tuple[int, ...] | None = None

    def __contains__(self, version: tuple[int, ...]) -> bool:
        return version >= self.lowest and (self.limit is None or version < self.limit)

    def __str__(self) -> str:
        text = f"{_dotted(self.lowest)} or newer"
        return text if self.limit is None else f"{text}, below {_dotted(self.limit)}"


def at_least(version: str) -> VersionRange:
    """Return the range from `version` on."""
    return VersionRange(parse(version))


def near_minor(version: str, minors: int = 0) -> VersionRange:
    """Return the range of a version's minor version, and of `minors` more minor versions on each side."""
    major, minor, _ = parse(version)
    return VersionRange((major, minor - minors, 0), (major, minor + minors + 1, 0))


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)

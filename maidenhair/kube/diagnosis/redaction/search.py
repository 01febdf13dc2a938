"""Search for many values in a text at once, in time linear in the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

LONG = 256
"""Values of more characters are found by parts of them, which keeps the automaton small."""
PART = 32
STEP = 512
BLOCK = 1024 * 1024
"""The characters that are searched at once; the search needs several times their memory."""
FEWEST_DIFFERENT = 8
"""A part with fewer different characters, for example a row of zeros, would also match in other data."""


class Search:
    """A search for values.

    Args:
        values: the values. In a text, a longer value has priority over a shorter one that starts at the same place.

    Example:
        >>> Search(["secret", "secrets of state"]).replace("all secrets of state, one secret", "…")
        'all …, one …'
    """

    def __init__(self, values: Iterable[str]) -> None:
        # The value that each pattern is a part of, with the position of the part in it.
        self._origins: dict[str, tuple[str, int]] = {}
        for value in sorted(set(values), key=len, reverse=True):
            if len(value) <= LONG:
                self._origins.setdefault(value, (value, 0))
                continue
            for start in range(0, len(value) - PART + 1, STEP):
                part = value[start : start + PART]
                if len(set(part)) >= FEWEST_DIFFERENT:
                    self._origins.setdefault(part, (value, start))

    @cached_property
    def _patterns(self) -> list[str]:
        return list(self._origins)

    @cached_property
    def _automaton(self) -> AhoCorasick:
        return AhoCorasick(
            self._patterns,
            matchkind=MatchKind.LeftmostLongest,
            # The default needs many times the memory for thousands of patterns.
            implementation=Implementation.NoncontiguousNFA,
        )

    def replace(self, text: str, replacement: str) -> str:
        """Return the text with every value replaced. Long values are replaced as far as the text contains them."""
        if not self._origins:
            return text
        parts: list[str] = []
        done = 0
        for pattern, start, end in self._matches(text):
            if end <= done:
                continue
            value, position = self._origins[self._patterns[pattern]]
            start, end = _extent(text, start, end, value, position)
            if start > done:
                parts.append(text[done:start])
            if start >= done:
                parts.append(replacement)
            done = max(done, end)
        return "".join([*parts, text[done:]]) if done else text

    def _matches(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Yield the number of a pattern, its start and its end for each match."""
        for begin in range(0, len(text), BLOCK):
            block = text[begin : begin + BLOCK + LONG]
            for pattern, start, end in self._automaton.find_matches_as_indexes(block):
                # The next block also contains what starts after BLOCK.
                if start < BLOCK:
                    yield pattern, begin + start, begin + end


def _extent(text: str, start: int, end: int, value: str, position: int) -> tuple[int, int]:
    """Extend a match of a part as far as the text around it equals the value around the part."""
    first, last = position, position + end - start
    while first > 0 and start > 0 and text[start - 1] == value[first - 1]:
        start, first = start - 1, first - 1
    while last < len(value) and end < len(text) and text[end] == value[last]:
        end, last = end + 1, last + 1
    return start, end

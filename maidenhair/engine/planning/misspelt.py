"""Finds lines that look like steps or headings, but that behave reads as descriptions.

behave takes every line between a heading and the first step as a description. A misspelt keyword there swallows its
step, or a whole scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from behave.i18n import languages

from maidenhair.engine.model import Background, Feature, Outline, Rule, Scenario

Element = Feature | Rule | Background | Scenario | Outline

_STEPS = ("given", "when", "then", "and", "but")
_TITLED = ("scenario", "scenario_outline", "rule")
_UNTITLED = ("background", "examples")
_LIKELY = 0.75
_POSSIBLE = 0.5
# English words at the beginning of descriptions that resemble a keyword.
_PROSE = (
    "a all already although an another any are as at be because before between both by each every for from general "
    "generally go goes going he her here his how however it its no none not now one only our she so some than that "
    "the their them there therefore these they this those though through thus to under until use used users using we "
    "what whatever where whereas wherever whether which while who whole why will with within without you your"
)


@dataclass(frozen=True)
class _Keywords:
    """The keywords of one language.

    Attributes:
        steps: the words that begin a step.
        titled: the words before a colon and a title.
        untitled: the words before a colon that need no title.
    """

    steps: tuple[str, ...]
    titled: tuple[str, ...]
    untitled: tuple[str, ...]


def swallowed_lines(feature: Feature, has_step: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Yield the lines of descriptions that look like steps or headings: the line's number, and the problem.

    Args:
        feature: the feature.
        has_step: returns whether a step function exists for a text.
    """
    keywords = _keywords_of(feature)
    for element in _described(feature):
        for index, line in enumerate(element.description):
            problem = _heading_problem(line, keywords)
            if problem is None and element.type != "feature" and element.type != "rule":
                # A line right before the first step is more suspicious than one at the beginning of a text.
                near = not element.steps or index == len(element.description) - 1
                problem = _step_problem(line, keywords, near, has_step)
            if problem is not None:
                number = _line_number(feature, element, index)
                yield number, f'"{line}" is read as a description. {problem}'


def _described(feature: Feature) -> Iterator[Element]:
    containers: Sequence[Feature | Rule] = (feature, *feature.iter_rules())
    for container in containers:
        yield container
        if container.background is not None:
            yield container.background
        for item in container.run_items:
            if item.type != "rule":
                yield item


def _keywords_of(feature: Feature) -> _Keywords:
    words: Mapping[str, Sequence[str]] = languages.get(feature.language) or languages["en"]

    def those(names: Sequence[str]) -> tuple[str, ...]:
        found = {word.strip() for name in names for word in words.get(name, ())}
        return tuple(sorted(found - {"*"}))

    return _Keywords(those(_STEPS), those(_TITLED), those(_UNTITLED))


def _heading_problem(line: str, keywords: _Keywords) -> str | None:
    heading, colon, title = line.partition(":")
    if not colon or len(heading.split()) > 2:
        return None
    # A line such as "Rules:" begins a list in many descriptions.
    candidates = keywords.untitled + (keywords.titled if title.strip() else ())
    closest, ratio = _closest(heading.strip(), candidates)
    return (
        f"If it is a heading, its keyword is misspelt: write {closest}:"
        if ratio >= _LIKELY
        else None
    )


def _step_problem(
    line: str, keywords: _Keywords, near: bool, has_step: Callable[[str], bool]
) -> str | None:
    first, _, rest = line.partition(" ")
    word = first.rstrip(":,.")
    if not word or not rest.strip():
        return None
    closest, ratio = _closest(word, keywords.steps)
    if has_step(rest.strip()):
        return f"A step function exists for the text after {first}. Write a keyword, for example {closest}"
    if word.lower() in _PROSE.split() or rest.rstrip()[-1] in ".,;!?":
        return None
    if ratio >= _LIKELY or (near and ratio >= _POSSIBLE and word[0].lower() == closest[0].lower()):
        return f"If it is a step, its keyword is misspelt: write {closest}"
    return None


def _closest(word: str, keywords: Sequence[str]) -> tuple[str, float]:
    ratios = [
        (SequenceMatcher(None, word.lower(), each.lower()).ratio(), each) for each in keywords
    ]
    ratio, keyword = max(ratios, default=(0.0, ""))
    return keyword, ratio


def _line_number(feature: Feature, element: Element, index: int) -> int:
    """Return the number of a line of a description, which behave does not record."""
    try:
        lines = Path(feature.filename).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):
        return element.line
    seen = -1
    for number, line in enumerate(lines[element.line :], element.line + 1):
        # behave leaves out empty lines and comments.
        if line.strip() and not line.strip().startswith("#"):
            seen += 1
            if seen == index:
                return number
    return element.line

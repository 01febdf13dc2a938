"""Lists the phrases that a suite's steps understand, and finds those that nobody needs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from sys import stderr
from typing import Any

from behave.configuration import Configuration
from behave.exception import ConfigError
from behave.runner import Runner
from behave.runner_util import parse_features
from behave.step_registry import AmbiguousStep, registry

from maidenhair.engine.model import Feature
from maidenhair.engine.planning.places import walk
from maidenhair.errors import ConfigurationError

FORMATS = ("text", "json", "markdown")
FIELD = re.compile(r"\{[^}]*\}")
# Words that carry no meaning of their own: two phrases that differ in nothing else say the same.
FILLERS = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "be",
        "been",
        "by",
        "for",
        "had",
        "has",
        "have",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "that",
        "the",
        "this",
        "to",
        "was",
        "were",
        "which",
    }
)
SAME_WORD = 0.8
"""How alike two words are that are forms of one, such as "cancel" and "cancelled"; 1 is equal."""


@dataclass(frozen=True)
class Phrase:
    """A phrase: the text of one decorator of a step.

    Attributes:
        kind: "given", "when", "then", or "step" for any of them.
        text: the phrase, with its fields in braces.
        example: a step that uses it; empty where none does.
        module: the file that defines it.
        line: where in it.
        features: the files of the features that use it.
    """

    kind: str
    text: str
    example: str
    module: str
    line: int
    features: tuple[str, ...]


def phrases(arguments: Sequence[str] = ()) -> list[Phrase]:
    """Return the phrases of the suite that behave's arguments name, by module and line.

    Args:
        arguments: paths and other options of behave's; without any, those of its configuration.

    Raises:
        ConfigurationError: there is no suite, or its features and steps cannot be read.
    """
    config = Configuration(list(arguments))
    runner = Runner(config)
    try:
        # What modules print while they are loaded is not part of the list.
        with redirect_stdout(stderr), runner.path_manager:
            runner.setup_paths()
            runner.load_step_definitions()
            located = [each for each in runner.feature_locations() if not config.exclude(each)]
            features = parse_features(located, language=config.lang)
    except ConfigError as error:
        raise ConfigurationError(f"{error}; name the folder that has features and steps") from error
    except AmbiguousStep as error:
        raise ConfigurationError(f"two steps understand the same: {error}") from error
    used = _usage(features)
    found = [
        _phrase(kind, matcher, used.get(id(matcher), []))
        for kind, matchers in registry.steps.items()
        for matcher in matchers
    ]
    return sorted(found, key=lambda each: (each.module, each.line, each.text))


def near_duplicates(of: Sequence[Phrase]) -> list[tuple[Phrase, Phrase]]:
    """Return pairs of phrases of one kind that say the same: they differ in fillers and forms of words alone."""
    return [
        (one, other)
        for one, other in combinations(of, 2)
        if one.kind == other.kind and _says_the_same(_content(one.text), _content(other.text))
    ]


def complaints(of: Sequence[Phrase]) -> list[str]:
    """Return what is to be mended: phrases that no feature uses, and pairs that say the same."""
    unused = [
        f"{each.module}:{each.line}: no feature uses {each.text!r}; remove it"
        for each in of
        if not each.features
    ]
    pairs = [
        f"{other.module}:{other.line}: {other.text!r} says what {one.text!r} says "
        f"({one.module}:{one.line}); remove one of them"
        for one, other in near_duplicates(of)
    ]
    return unused + pairs


def listed(of: Sequence[Phrase], form: str) -> str:
    """Return phrases as a list for readers, as JSON, or as a table of Markdown; `form` is one of `FORMATS`."""
    if form == "json":
        return json.dumps([asdict(each) for each in of], indent=2)
    return "\n".join(_table(of) if form == "markdown" else _lines(of))


def _usage(features: Sequence[Feature]) -> dict[int, list[tuple[str, str]]]:
    """Return for every step definition, by identity, the files and texts of the steps that it matches."""
    used: dict[int, list[tuple[str, str]]] = {}
    for _, scenario in walk(features):
        for step in scenario.all_steps:
            matcher = registry.find_step_definition(step)
            if matcher is not None:
                used.setdefault(id(matcher), []).append((scenario.filename, step.name))
    return used


def _phrase(kind: str, matcher: Any, uses: Sequence[tuple[str, str]]) -> Phrase:
    return Phrase(
        kind,
        matcher.pattern,
        # The shortest says the most.
        min((text for _, text in uses), key=len, default=""),
        _relative(matcher.location.filename),
        matcher.location.line,
        tuple(sorted({_relative(filename) for filename, _ in uses})),
    )


def _relative(filename: str) -> str:
    path = Path(filename).resolve()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _content(text: str) -> list[str]:
    words = re.findall(r"[\w'-]+|\{\}", FIELD.sub("{}", text.lower()))
    return [word for word in words if word not in FILLERS]


def _says_the_same(one: Sequence[str], other: Sequence[str]) -> bool:
    return len(one) == len(other) and all(
        SequenceMatcher(None, left, right).ratio() >= SAME_WORD
        for left, right in zip(sorted(one), sorted(other), strict=True)
    )


def _lines(of: Sequence[Phrase]) -> Iterator[str]:
    module = None
    for each in of:
        if each.module != module:
            module = each.module
            yield module
        yield f"  {each.kind.capitalize()} {each.text}  # line {each.line}"
        if each.example:
            yield f"      {each.example}"
        yield f"      {', '.join(each.features) or 'no feature uses it'}"


def _table(of: Sequence[Phrase]) -> Iterator[str]:
    yield "| | phrase | example | module | features |"
    yield "|---|---|---|---|---|"
    for each in of:
        cells = [each.kind.capitalize(), f"`{each.text}`", each.example, f"`{each.module}`"]
        cells.append(", ".join(f"`{feature}`" for feature in each.features))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

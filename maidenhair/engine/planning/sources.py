"""Reads and parses feature files, each once: workers parse the text that the run read, and never the file."""

from __future__ import annotations

import gc
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import chdir, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Protocol

from behave import model_core
from behave.parser import ParserError, parse_feature
from behave.runner_util import FeatureScenarioLocationCollector2

from maidenhair.engine.model import Feature, Scenario

ENCODING = "utf-8-sig"
"""UTF-8, also with the byte order mark that editors on Windows write."""


class Location(Protocol):
    """A feature file, and the line of a scenario in it or None."""

    filename: str
    line: int | None


@dataclass(frozen=True)
class Source:
    """The text of a feature file.

    Attributes:
        path: the absolute path of the file.
        text: the text that the run read.
    """

    path: Path
    text: str = field(repr=False)


@dataclass(frozen=True)
class BrokenFile:
    """A feature file that cannot be parsed.

    Attributes:
        filename: the file, relative to the run's folder if it lies below.
        line: the line of the error, from 1.
        reason: the error.
    """

    filename: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}: {self.reason}"


@dataclass
class Sources:
    """The feature files of a run.

    Attributes:
        features: the parsed features.
        texts: the source of each feature, in the same order.
        broken: the files that cannot be parsed.
    """

    features: list[Feature] = field(default_factory=list)
    texts: list[Source] = field(default_factory=list)
    broken: list[BrokenFile] = field(default_factory=list)


def read_features(
    locations: Iterable[Location], language: str | None, fail_fast: bool = False
) -> Sources:
    """Read and parse feature files.

    Args:
        locations: the files, and the lines that select scenarios in them.
        language: the language of files that name none.
        fail_fast: whether the first file that cannot be parsed is an error, as in behave itself.

    Raises:
        ParserError: a file cannot be parsed, and `fail_fast` is set.
    """
    with _without_collection():
        return _read(locations, language, fail_fast)


def _read(locations: Iterable[Location], language: str | None, fail_fast: bool) -> Sources:
    sources = Sources()
    for filename, group in groupby(locations, lambda location: location.filename):
        path = Path(filename).absolute()
        try:
            source = Source(path, path.read_bytes().decode(ENCODING))
            feature = parse_source(source, language)
        except Exception as error:  # behave's parser raises others than its own on odd texts
            if fail_fast:
                raise
            sources.broken.append(_broken(path, error))
            continue
        if feature is not None:
            sources.features.append(_selected(feature, list(group)))
            sources.texts.append(source)
    return sources


def parse_source(
    source: Source, language: str | None, folder: Path | None = None
) -> Feature | None:
    """Parse the text of a feature file. Return None if it contains no feature.

    Args:
        source: the text.
        language: the language of a text that names none.
        folder: the folder that file names in reports are relative to. Default: the current one.
    """
    # behave makes file names relative to the current folder, which steps may change.
    with nullcontext() if folder is None else chdir(folder), _relative_once():
        feature: Feature | None = parse_feature(source.text, language, str(source.path))
    return feature


def identity_of(scenario: Scenario) -> str:
    """Return a text that differs between scenarios with different lines, names or steps."""
    steps = "\n".join(f"{step.keyword} {step.name}" for step in scenario.all_steps)
    return (
        f"{scenario.location}: {scenario.name} ({zlib.crc32(steps.encode('utf-8', 'replace')):08x})"
    )


@contextmanager
def _without_collection() -> Iterator[None]:
    """Collect no garbage: a parser makes little, and each collection looks at all features so far."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def _relative_once() -> Iterator[None]:
    """Make the name of a file relative once, and not for each line of it, as behave does."""
    # behave offers no seam here.
    plain = model_core.make_relpath_if_possible
    found: dict[str, str] = {}

    def relative(filename: str, base: str | None = None) -> str:
        if filename not in found:
            found[filename] = plain(filename, base)
        return found[filename]

    model_core.make_relpath_if_possible = relative
    try:
        yield
    finally:
        model_core.make_relpath_if_possible = plain


def _selected(feature: Feature, locations: Sequence[Location]) -> Feature:
    collector = FeatureScenarioLocationCollector2(feature)
    for location in locations:
        collector.add_location(location)
    selected: Feature = collector.build_feature()
    return selected


def _broken(path: Path, error: Exception) -> BrokenFile:
    folder = Path.cwd()
    filename = str(path.relative_to(folder) if path.is_relative_to(folder) else path)
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return BrokenFile(filename, line, f"the file is not UTF-8: {error.reason}")
    if isinstance(error, ParserError):
        return BrokenFile(filename, error.line or 1, str(error.args[0]))
    return BrokenFile(filename, 1, f"{type(error).__name__}: {error}")

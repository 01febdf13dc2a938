"""The faults: their lists, and the texts of files with a fault."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.project import ROOT

LISTS = Path(__file__).parent
STANDINS = ROOT / "standins"
SYSTEMS = ("hami", "skytorch")


class MalformedMutant(Exception):
    """A fault cannot be planted as its list describes it."""


@dataclass(frozen=True)
class Mutant:
    """A fault in a stand-in.

    Attributes:
        name: what is wrong with the stand-in, in a few words.
        file: the file, relative to standins/.
        old: the text that is replaced; the file contains it once.
        new: the text in its place.
        area: the features or scenarios that describe the behaviour; at least one spec in them must fail. Each is the
            path of a feature, or the path, a colon, and the beginning of the title of a scenario.
        suffers: what a user of the system would suffer from the fault.
    """

    name: str
    file: str
    old: str
    new: str
    area: tuple[str, ...]
    suffers: str

    def planted(self) -> str:
        """Return the text of the file with the fault.

        Raises:
            MalformedMutant: the file does not contain the old text, or contains it more than once.
        """
        text = (STANDINS / self.file).read_text()
        if text.count(self.old) != 1:
            raise MalformedMutant(
                f"{self.name}: standins/{self.file} contains the old text {text.count(self.old)} times; it must "
                "contain it once"
            )
        return text.replace(self.old, self.new)

    def locations(self) -> list[str]:
        """Return the area as locations for behave: the path of a feature, perhaps with a line.

        Raises:
            MalformedMutant: a feature does not exist, or has no scenario, or several, with such a title.
        """
        return [_location(self.name, each) for each in self.area]


def mutants(system: str) -> Iterator[Mutant]:
    """Yield the faults of a stand-in, "hami" or "skytorch", in the order of its list."""
    for each in tomllib.loads((LISTS / f"{system}.toml").read_text())["mutants"]:
        yield Mutant(**{**each, "area": tuple(each["area"])})


def _location(mutant: str, place: str) -> str:
    path, colon, title = place.partition(": ")
    feature = ROOT / path
    if not feature.is_file():
        raise MalformedMutant(f"{mutant}: there is no feature {path}")
    if not colon:
        return path
    lines = [
        number
        for number, line in enumerate(feature.read_text().splitlines(), 1)
        if line.strip().startswith((f"Scenario: {title}", f"Scenario Outline: {title}"))
    ]
    if len(lines) != 1:
        raise MalformedMutant(
            f"{mutant}: {path} has {len(lines)} scenarios whose title begins with {title!r}; it must have one"
        )
    return f"{path}:{lines[0]}"

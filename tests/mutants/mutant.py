"""The faults: their list, and how one is planted in a copy of the checkout."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.project import ROOT

LISTS = Path(__file__).parent
STANDINS = Path("standins")


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
        area: the features that describe the behaviour; at least one spec in them must fail.
        suffers: what a user of the system would suffer from the fault.
    """

    name: str
    file: str
    old: str
    new: str
    area: tuple[str, ...]
    suffers: str

    def plant(self, checkout: Path) -> None:
        """Replace the text in a checkout.

        Raises:
            MalformedMutant: the file does not contain the text, or contains it more than once.
        """
        path = checkout / STANDINS / self.file
        text = path.read_text()
        if text.count(self.old) != 1:
            raise MalformedMutant(
                f"{self.name}: {STANDINS / self.file} contains the old text {text.count(self.old)} times; "
                "it must contain it once"
            )
        path.write_text(text.replace(self.old, self.new))


def mutants(system: str) -> Iterator[Mutant]:
    """Yield the faults of a stand-in, "hami" or "skytorch", in the order of its list."""
    for each in tomllib.loads((LISTS / f"{system}.toml").read_text())["mutants"]:
        yield Mutant(**{**each, "area": tuple(each["area"])})


def copy_checkout(target: Path) -> None:
    """Copy the checkout, with changes that are not committed, but without files that git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_symlink() or source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)

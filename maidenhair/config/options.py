"""Tables of options: one table drives the command line, the environment, pyproject, `--help` and the reference page."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from maidenhair.errors import ConfigurationError

_DURATION = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>ms|s|m|h)?")
_SIZE = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>KiB|MiB|GiB)?")
_BYTES = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
PREFIX = "MAIDENHAIR_"
LIKENESS = 0.8
"""How like the name of an option a variable's has to be to be taken for a slip of the pen; 1 is the same."""
DURATIONS = "a number with ms, s, m or h, such as 90s"
SIZES = "a number with KiB, MiB or GiB, such as 16MiB"


def text(value: Any) -> str:
    """Take a text alone: TOML tells 1.30 and "1.30" apart, and a number would lose its last digit."""
    if not isinstance(value, str):
        raise ValueError(value)
    return value


@dataclass(frozen=True)
class Option:
    """One setting: its name in pyproject, its environment variable, its values and what it does.

    Attributes:
        name: the name in `[tool.maidenhair]`.
        variable: the environment variable.
        default: the value when nobody gives one.
        help: what it does, in a sentence.
        choices: the allowed values, if they are few.
        convert: reads a text; raises KeyError or ValueError for one that is not allowed.
        allowed: the allowed values in words, for an error.
        flags: how a command line names it, where it has it.
        shown: the default in words, where the value itself does not tell it.
        aliases: further allowed values, and what each stands for.
    """

    name: str
    variable: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    convert: Callable[[Any], Any] = text
    allowed: str = ""
    flags: tuple[str, ...] = ()
    shown: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_flag(self) -> bool:
        """Return whether it is yes or no, so that a command line needs no value."""
        return self.convert is flag

    @property
    def values(self) -> str:
        """Return the allowed values in words."""
        if self.allowed or self.choices:
            return self.allowed or ", ".join([*self.choices, *self.aliases])
        return "yes, no" if self.is_flag else "a text"

    def read(self, value: Any, place: str) -> Any:
        """Return what a value given as a text, or as a value of TOML's, means.

        Raises:
            ConfigurationError: it is not allowed; the text names `place`.
        """
        try:
            read = self.convert(value if self.convert is text else str(value))
        except (KeyError, ValueError) as error:
            allowed = "a text in quotes" if self.convert is text else self.values
            raise ConfigurationError(
                f"{place}={value}: not understood; allowed: {allowed}"
            ) from error
        if isinstance(read, str) and read in self.aliases:
            return self.aliases[read]
        if self.choices and read not in self.choices:
            raise ConfigurationError(f"{place}: {read!r} is not allowed; allowed: {self.values}")
        return read


def flag(text: str) -> bool:
    """Read yes or no."""
    return _FLAGS[text.lower()]


def seconds(text: str) -> float:
    """Read a duration such as "90s" or "1.5m" as seconds; a number alone is seconds."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return float(found["number"]) * _UNITS[found["unit"] or "s"]


def size(text: str) -> int:
    """Read a size such as "16MiB" as bytes; a number alone is bytes."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return int(float(found["number"]) * _BYTES.get(found["unit"] or "", 1))


def limit(text: str) -> float | None:
    """Read a duration that may also be "none"."""
    return None if text.strip() == "none" else seconds(text) or None


def read_options(
    table: Sequence[Option],
    explicit: Mapping[str, Any],
    environment: Mapping[str, str],
    pyproject: Path,
    known: Collection[str] = (),
) -> dict[str, Any]:
    """Return the values that are given: pyproject's `[tool.maidenhair]` < the environment < explicit ones.

    Args:
        table: the options.
        explicit: values by option name, from a command line; a text is read as in the environment; `None`
            and an empty text do not count.
        environment: the environment.
        pyproject: the file with `[tool.maidenhair]`; it need not be there.
        known: names of that file that belong to other tables.

    Raises:
        ConfigurationError: an unknown option, a variable that is nearly one's, or a value that is not allowed; the
            text names the place.
    """
    _check_variables(table, environment, known)
    values = _from_pyproject(table, pyproject, known)
    for option in table:
        given = environment.get(option.variable, "")
        if given:
            values[option.name] = option.read(given, option.variable)
    return values | _from_explicit(table, explicit)


def _check_variables(
    table: Sequence[Option], environment: Mapping[str, str], known: Collection[str]
) -> None:
    """Refuse misspelt variables; those that are like none of the table's may be anybody's."""
    ours = [each.variable.removeprefix(PREFIX) for each in table]
    others = {name.upper() for name in known}
    for variable in environment:
        name = variable.removeprefix(PREFIX)
        if name == variable or name in ours or name in others:
            continue
        meant = get_close_matches(name, ours, n=1, cutoff=LIKENESS)
        if meant:
            raise ConfigurationError(
                f"{variable}: there is no such variable; did you mean {PREFIX}{meant[0]}?"
            )


def _from_pyproject(table: Sequence[Option], path: Path, known: Collection[str]) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        given = tomllib.loads(path.read_text()).get("tool", {}).get("maidenhair", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    options = {option.name: option for option in table}
    values = {}
    for name, value in given.items():
        if name in options:
            values[name] = options[name].read(value, f"{path}: [tool.maidenhair] {name}")
        elif name not in known:
            allowed = ", ".join([*options, *sorted(known)])
            raise ConfigurationError(
                f"{path}: [tool.maidenhair] has no option {name!r}; allowed: {allowed}"
            )
    return values


def _from_explicit(table: Sequence[Option], explicit: Mapping[str, Any]) -> dict[str, Any]:
    options = {option.name: option for option in table}
    values = {}
    for name, value in explicit.items():
        if name not in options:
            raise ConfigurationError(f"there is no option {name!r}; allowed: {', '.join(options)}")
        if value not in (None, ""):
            values[name] = options[name].read(value, name)
    return values

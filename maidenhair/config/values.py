"""Types of settings: conversion from text, and descriptions of the allowed values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

_DURATION = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>ms|s|m|h)?")
_SIZE = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>KiB|MiB|GiB)?")
_GATE = re.compile(r"[A-Z][A-Za-z0-9]*=(true|false)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_YES_OR_NO = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
DURATIONS = "a number with ms, s, m or h, for example 90s"
SIZES = "a number with KiB, MiB or GiB, for example 16MiB"
WHOLE = "a whole number, at least 1"


@dataclass(frozen=True)
class Allowed:
    """A description of the values that a type allows, for messages and the reference."""

    values: str


def read_yes_or_no(value: Any) -> bool:
    """Convert yes or no, true or false, 1 or 0."""
    try:
        return _YES_OR_NO[str(value).lower()]
    except KeyError as error:
        raise ValueError(value) from error


def read_seconds(value: Any) -> float:
    """Convert a duration such as "90s" or "1.5m" to seconds. The default unit is seconds."""
    found = _DURATION.fullmatch(str(value).strip())
    if found is None:
        raise ValueError(value)
    return float(found["number"]) * _SECONDS[found["unit"] or "s"]


def read_limit(value: Any) -> float | None:
    """Convert a duration to seconds. "none" and zero give None."""
    return None if value is None or str(value).strip() == "none" else read_seconds(value) or None


def read_bytes(value: Any) -> int:
    """Convert a size such as "16MiB" to bytes. The default unit is bytes."""
    found = _SIZE.fullmatch(str(value).strip())
    if found is None:
        raise ValueError(value)
    return int(float(found["number"]) * _BYTES.get(found["unit"] or "", 1))


def read_whole(value: Any) -> int:
    """Convert a whole number. true and false of TOML are not numbers."""
    return int(str(value))


def read_positive(value: Any) -> int:
    """Convert a whole number that is at least 1."""
    number = read_whole(value)
    if number < 1:
        raise ValueError(value)
    return number


def read_names(value: Any) -> tuple[str, ...]:
    """Convert names: a list, or text with commas. Duplicates are removed."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise ValueError(value)
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def read_gates(value: Any) -> tuple[str, ...]:
    """Convert feature gates: a list, or text with commas, of names with =true or =false. The result is sorted."""
    gates = read_names(value)
    if not all(map(_GATE.fullmatch, gates)):
        raise ValueError(value)
    return tuple(sorted(gates))


Flag = Annotated[bool, BeforeValidator(read_yes_or_no), Allowed("yes, no")]
"""Yes or no. On a command line, the flag alone means yes."""
Duration = Annotated[float, BeforeValidator(read_seconds), Allowed(DURATIONS)]
"""A duration, in seconds."""
Limit = Annotated[float | None, BeforeValidator(read_limit), Allowed(f"{DURATIONS}, or none")]
"""A duration, in seconds, or none."""
Size = Annotated[int, BeforeValidator(read_bytes), Allowed(SIZES)]
"""A size, in bytes."""
Whole = Annotated[int, BeforeValidator(read_whole), Allowed("a whole number")]
Positive = Annotated[int, BeforeValidator(read_positive), Allowed(WHOLE)]
File = Annotated[Path, Allowed("a path")]
Names = Annotated[
    tuple[str, ...], BeforeValidator(read_names), Allowed("names separated by commas")
]
Gates = Annotated[
    tuple[str, ...],
    BeforeValidator(read_gates),
    Allowed("feature gates of Kubernetes separated by commas, for example SomeFeature=true"),
]

"""Plain values: what every process can read, whatever the suite's own types do."""

from __future__ import annotations

import datetime
import decimal
import pathlib
import uuid

_SCALARS = frozenset(
    {
        type(None),
        bool,
        int,
        float,
        str,
        bytes,
        datetime.date,
        datetime.datetime,
        datetime.time,
        datetime.timedelta,
        decimal.Decimal,
        pathlib.PosixPath,
        pathlib.PurePosixPath,
        uuid.UUID,
    }
)


def is_plain(value: object) -> bool:
    """Return whether a value is made of the types of Python's own library alone."""
    kind = type(value)
    if kind in _SCALARS:
        return True
    if isinstance(value, list | tuple) and kind in (list, tuple):
        return all(map(is_plain, value))
    if isinstance(value, dict) and kind is dict:
        return all(is_plain(key) and is_plain(each) for key, each in value.items())
    return False


def plain_text(value: object) -> str:
    """Return the text of any object. One whose text cannot be read is named by its type."""
    if type(value) is str:
        return value
    try:
        return str.__str__(value) if isinstance(value, str) else str.__str__(str(value))
    except Exception as error:  # anything that an object of the suite's raises
        return f"<{type(value).__name__}, whose text raised {type(error).__name__}>"


def plain_text_or_none(value: object) -> str | None:
    """Return the text of any object, and None for None."""
    return None if value is None else plain_text(value)

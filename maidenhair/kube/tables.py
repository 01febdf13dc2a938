"""Lists of objects as the API server prints them for people: the columns of `kubectl get`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
"""The media type by which the API server answers with a Table (meta.k8s.io/v1)."""


def rows_of(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a Table, of each the cells by the titles of their columns; None for a cell without a value."""
    titles = [column["name"] for column in table["columnDefinitions"]]
    return [dict(zip(titles, row["cells"], strict=True)) for row in table["rows"] or []]

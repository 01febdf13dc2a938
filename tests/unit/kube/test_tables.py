"""Tables of the API server."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.kube.kubectl import parse_table

COLUMNS = [{"name": "Name"}, {"name": "State"}]


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        (None, []),
        ([{"cells": ["trainer", "Ready"]}], [{"Name": "trainer", "State": "Ready"}]),
        ([{"cells": ["trainer", None]}], [{"Name": "trainer", "State": None}]),
    ],
)
def test_each_row_has_its_cells_by_the_titles_of_columns(
    rows: list[dict[str, Any]] | None, read: list[dict[str, Any]]
) -> None:
    assert parse_table({"columnDefinitions": COLUMNS, "rows": rows}) == read

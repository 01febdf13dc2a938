"""The files in a cluster's folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from maidenhair.clusters.folder import read_values


@dataclass(frozen=True)
class Record:
    """A record of two values."""

    name: str
    nodes: int


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ({"name": "a", "nodes": 2}, {"name": "a", "nodes": 2}),
        ({"name": "a", "nodes": 2, "dropped": True}, {"name": "a", "nodes": 2}),
        ({"name": "a"}, {"name": "a", "nodes": 1}),
        ({"nodes": 2}, None),
    ],
)
def test_a_record_with_the_required_fields_is_read(
    tmp_path: Path, written: dict[str, Any], values: dict[str, Any] | None
) -> None:
    file = tmp_path / "record"
    file.write_text(json.dumps(written))
    assert read_values(file, Record, earlier={"nodes": 1}) == values


def test_a_record_that_is_not_there_or_half_written_is_none(tmp_path: Path) -> None:
    file = tmp_path / "record"
    assert read_values(file, Record) is None
    file.write_text('{"name": ')
    assert read_values(file, Record) is None

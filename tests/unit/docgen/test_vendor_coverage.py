"""The table of vendors and features, from a run's report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maidenhair.docgen.vendor_coverage import read_results, table
from maidenhair.errors import DevicesError
from maidenhair.systems.devices import vendor_profiles


def element(status: str, *steps: Any, kind: str = "scenario") -> dict[str, Any]:
    return {"type": kind, "name": "s", "status": status, "steps": [{"name": n} for n in steps]}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    asks = {
        "name": "a pod asks for",
        "table": {"headings": ["resource", "amount"], "rows": [["hygon.com/dcunum", "1"]]},
    }
    features = [
        {
            "name": "Shares",
            "elements": [
                element("untested", 'a node with 1 device of "NVIDIA"', kind="background"),
                element("passed", "it runs"),
                element("failed", "it runs"),
                {**element("passed"), "steps": [asks]},
                element("skipped", 'a node with 1 device of "AMD"'),
            ],
        },
        {"name": "Others", "elements": [element("passed", "nothing of vendors")]},
    ]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(features))
    return path


def test_specs_count_for_the_vendors_that_they_name(report: Path) -> None:
    lines = table(read_results(report, vendor_profiles()), vendor_profiles()).splitlines()
    assert lines[:2] == ["| Vendor | Shares |", "| --- | --- |"]
    assert "| NVIDIA | 2 of 3 |" in lines
    assert "| Hygon | 1 |" in lines
    assert "| AMD |  |" in lines


def test_a_file_that_is_no_report_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("[{}]")
    assert read_results(file, vendor_profiles()) == []
    file.write_text('[{"elements": [{}]}]')
    with pytest.raises(
        DevicesError, match=r"report\.json is not a JSON report of behave .*write one with"
    ):
        read_results(file, vendor_profiles())

"""Some work has one module, and no other module does it by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CODE = [
    path.relative_to(ROOT)
    for folder in ("maidenhair", "steps")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


@pytest.mark.parametrize(
    ("by_hand", "places"),
    [
        # The listeners of a Gateway have conditions of their own.
        (
            r"""get\("conditions"|\["conditions"\]""",
            {"maidenhair/kube/objects.py", "maidenhair/kube/diagnosis/causes/gateway.py"},
        ),
        # The lock of a run's folder gets its name once it is held. The room of events imports no other.
        (
            r"""\.new["']""",
            {"maidenhair/engine/parallel/run_files.py", "maidenhair/events/merged_events.py"},
        ),
        (r"context\.(failure|refusal|transfer_error)\b", set()),
        (r"create_time\(|pid_exists\(", {"maidenhair/_util/process_identity.py"}),
    ],
    ids=["conditions", "files", "outcomes", "process identity"],
)
def test_work_is_done_in_one_place(by_hand: str, places: set[str]) -> None:
    assert {str(path) for path in CODE if re.search(by_hand, (ROOT / path).read_text())} == places

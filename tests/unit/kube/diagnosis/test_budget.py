"""The time and the size that diagnostics may have."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from maidenhair.errors import ApiUnreachable
from maidenhair.kube.diagnosis.budget import Budget


def test_what_is_too_large_loses_its_beginning(tmp_path: Path) -> None:
    budget = Budget(60, 1000)
    budget.write(tmp_path / "first", "a" * 400)
    budget.write(tmp_path / "second", "b" * 1000 + "ä the end")
    budget.write(tmp_path / "third", "c")

    kept = (tmp_path / "second").read_text()
    assert kept.startswith("… 410 bytes before this are left out")
    assert kept.endswith("bä the end")
    assert sum(each.stat().st_size for each in tmp_path.iterdir()) <= 1000
    assert not (tmp_path / "third").exists() or (tmp_path / "third").read_text() == "c"
    assert budget.missing[0] == "second: 410 bytes of it are too many"


def test_a_server_that_hangs_takes_no_more_than_the_time() -> None:
    budget, never = Budget(0.05, 1), threading.Event()

    assert budget.ask("list Pod", never.wait, "nothing") == "nothing"
    assert budget.ask("list Service", lambda: "late", "nothing") == "nothing"
    assert budget.missing == [
        f"list {kind}: the 0.05 s that diagnostics may take are over" for kind in ("Pod", "Service")
    ]
    never.set()


def test_what_the_api_refuses_is_noted_and_what_is_broken_is_raised() -> None:
    def refuse() -> None:
        raise ApiUnreachable("no answer")

    budget = Budget(60, 1)
    assert budget.ask("list Pod", refuse, []) == []
    assert budget.missing == ["no answer"]
    with pytest.raises(ZeroDivisionError):
        budget.ask("divide", lambda: 1 // 0, None)

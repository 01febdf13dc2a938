"""Limits for the time and the size of diagnostics."""

from __future__ import annotations

import threading
from pathlib import Path

from maidenhair.errors import ApiUnreachable
from maidenhair.kube.diagnosis.budget import Budget


def test_the_beginning_of_a_text_that_is_too_large_is_omitted(tmp_path: Path) -> None:
    budget = Budget(60, 1000)
    budget.write(tmp_path / "first", "a" * 400)
    budget.write(tmp_path / "second", "b" * 1000 + "ä the end")
    budget.write(tmp_path / "third", "c")

    written = (tmp_path / "second").read_text()
    assert written.startswith("… beginning omitted: 410 bytes over the size limit")
    assert written.endswith("bä the end")
    assert sum(each.stat().st_size for each in tmp_path.iterdir()) <= 1000
    assert not (tmp_path / "third").exists() or (tmp_path / "third").read_text() == "c"
    assert budget.missing[0] == "second: beginning omitted, 410 bytes over the size limit"


def test_a_server_that_hangs_does_not_exceed_the_time_limit() -> None:
    budget, never = Budget(0.05, 1), threading.Event()

    assert budget.fetch("list Pod", never.wait, "nothing") == "nothing"
    assert budget.fetch("list Service", lambda: "late", "nothing") == "nothing"
    assert budget.missing == [
        f"list {kind}: time limit of 0.05 s reached" for kind in ("Pod", "Service")
    ]
    never.set()


def test_errors_are_recorded() -> None:
    def refuse() -> None:
        raise ApiUnreachable("no answer")

    budget = Budget(60, 1)
    assert budget.fetch("list Pod", refuse, []) == []
    assert budget.missing == ["no answer"]
    budget.fetch("divide", lambda: 1 // 0, None)
    assert budget.missing[1].startswith("divide: ZeroDivisionError: ")

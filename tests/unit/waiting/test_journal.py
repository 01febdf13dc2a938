"""What is written down of a spec's waits."""

from __future__ import annotations

import pytest

from maidenhair.errors import WaitTimedOut
from maidenhair.waiting import eventually
from maidenhair.waiting.journal import KEPT, Journal, kept_in, write_down


def test_the_waits_of_a_spec_are_written_down_and_those_of_others_are_not() -> None:
    journal = Journal()
    eventually(lambda: 1, 1, within=0, described_as="before")
    with kept_in(journal):
        values = iter([1, 2])
        eventually(lambda: next(values), 2, within=5, described_as="two", poll_every=0.001)
        with pytest.raises(WaitTimedOut):
            eventually(lambda: 3, 4, within=0, described_as="four")
    eventually(lambda: 1, 1, within=0, described_as="behind")

    told = journal.told("waits")
    assert journal.kinds == ("waits",)
    assert told.index("s: two") < told.index("was <1>") < told.index("s: four")
    assert "did not come true after" in told
    assert "before" not in told
    assert "behind" not in told


def test_of_many_entries_the_latest_are_kept() -> None:
    journal = Journal()
    with kept_in(journal):
        for number in range(KEPT + 1):
            write_down("notes", lambda number=number: f"note {number}")

    assert journal.told("notes").splitlines()[0] == "note 1"
    assert len(journal.told("notes").splitlines()) == KEPT

"""The journal of a spec's waits."""

from __future__ import annotations

import pytest

from maidenhair.errors import WaitTimedOut
from maidenhair.waiting import eventually
from maidenhair.waiting.journal import LATEST_ENTRIES, Journal, record, recorded_in


def test_the_waits_of_a_spec_are_written_down_and_those_of_others_are_not() -> None:
    journal = Journal()
    eventually(lambda: 1, 1, within=0, described_as="before")
    with recorded_in(journal):
        values = iter([1, 2])
        eventually(lambda: next(values), 2, within=60, described_as="two", poll_every=0.001)
        with pytest.raises(WaitTimedOut):
            eventually(lambda: 3, 4, within=0, described_as="four")
    eventually(lambda: 1, 1, within=0, described_as="behind")

    text = journal.text("waits")
    assert journal.kinds == ("waits",)
    assert text.index("s: two") < text.index("was <1>") < text.index("s: four")
    assert "did not come true after" in text
    assert "before" not in text
    assert "behind" not in text


def test_of_many_entries_the_latest_remain() -> None:
    journal = Journal()
    with recorded_in(journal):
        for number in range(LATEST_ENTRIES + 1):
            record("notes", lambda number=number: f"note {number}")

    assert journal.text("notes").splitlines()[0] == "note 1"
    assert len(journal.text("notes").splitlines()) == LATEST_ENTRIES

"""The formats of HAMi's protocol in the HAMi stand-in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hami_scheduler.protocol import (
    FormatError,
    Share,
    cordoned,
    duration,
    lock,
    lock_text,
    requested_at,
    requesting,
    shares,
    shares_text,
)

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
WORDS = st.text("abcdefGPU-0123456789", min_size=1)
SHARES = st.builds(Share, WORDS, WORDS, st.integers(0, 10**6), st.integers(0, 100))


@given(st.lists(st.lists(SHARES, max_size=3).map(tuple), max_size=4).map(tuple))
def test_shares_are_read_as_they_are_written(containers: tuple[tuple[Share, ...], ...]) -> None:
    assert shares(shares_text(containers)) == containers or containers == ()


def test_shares_are_written_as_in_the_contract() -> None:
    containers = [[Share("GPU-1", "NVIDIA", 100, 30), Share("GPU-2", "NVIDIA", 100, 30)], [], []]
    assert shares_text(containers) == "GPU-1,NVIDIA,100,30:GPU-2,NVIDIA,100,30:;;;"


@pytest.mark.parametrize("text", ["a,b;", "a,NVIDIA,x,1:;", ",NVIDIA,1,1:;", "a,,1,1:;"])
def test_a_malformed_list_of_shares_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="malformed list of devices"):
        shares(text)


def test_the_time_of_an_answer_is_read_as_it_was_written() -> None:
    assert requesting(NOON) == "Requesting_2026-05-04 12:00:00"
    assert requested_at(requesting(NOON)) == NOON


@pytest.mark.parametrize("text", ["", "Reported_2026-05-04 12:00:00", "Requesting_soon", "Deleted"])
def test_a_report_of_a_plugin_has_no_time_of_an_answer(text: str) -> None:
    assert requested_at(text) is None


def test_cordoned_devices_are_separated_by_commas_and_spaces() -> None:
    assert cordoned(" GPU-1, ,GPU-2,") == {"GPU-1", "GPU-2"}
    assert cordoned("  ") == frozenset()


def test_a_lock_names_its_pod() -> None:
    text = lock_text(NOON, "lab", "demo")
    assert text == "2026-05-04T12:00:00Z,lab,demo"
    held = lock(text)
    assert (held.taken, held.namespace, held.name) == (NOON, "lab", "demo")


def test_a_lock_of_an_old_version_names_no_pod() -> None:
    held = lock("2026-05-04T14:00:00+02:00")
    assert (held.taken, held.name) == (NOON, "")


@pytest.mark.parametrize("text", ["soon", "2026-05-04T12:00:00Z,lab", "x,lab,demo"])
def test_a_malformed_lock_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="malformed node lock"):
        lock(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("5m", 300), ("1m30s", 90), ("500ms", 0.5), ("1.5h", 5400), ("0", 0)]
)
def test_durations_have_the_format_of_go(text: str, seconds: float) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "5x", "5m3", "1.2.3s"])
def test_a_malformed_duration_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="no duration"):
        duration(text)

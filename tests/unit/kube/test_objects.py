"""Conditions and events of objects."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.kube.objects import condition, conditions, is_true, last_seen

READY = {"type": "Ready", "status": "True"}


@pytest.mark.parametrize(
    "manifest",
    [None, {}, {"status": None}, {"status": {}}, {"status": {"conditions": None}}],
    ids=str,
)
def test_an_object_may_have_no_conditions(manifest: Any) -> None:
    assert conditions(manifest) == []
    assert condition(manifest, "Ready") is None


def test_a_condition_is_found_by_its_type() -> None:
    manifest = {"status": {"conditions": [{"type": "Available", "status": "False"}, READY]}}
    assert condition(manifest, "Ready") == READY
    assert condition(manifest, "Progressing") is None


@pytest.mark.parametrize(
    ("found", "expected"), [(READY, True), ({**READY, "status": "Unknown"}, False), (None, False)]
)
def test_a_condition_is_true_only_if_its_status_is_true(found: Any, expected: bool) -> None:
    assert is_true(found) is expected


@pytest.mark.parametrize(
    ("event", "time"),
    [
        ({"series": {"lastObservedTime": "3"}, "lastTimestamp": "2", "eventTime": "1"}, "3"),
        ({"series": None, "lastTimestamp": "2", "eventTime": "1"}, "2"),
        ({"lastTimestamp": None, "eventTime": "1"}, "1"),
        ({"metadata": {"creationTimestamp": "0"}}, "0"),
    ],
)
def test_an_event_was_last_seen_at_its_latest_time(event: dict[str, Any], time: str) -> None:
    assert last_seen({"metadata": {}, **event}) == time

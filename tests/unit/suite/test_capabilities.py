"""What a spec needs, and what a cluster can do."""

from __future__ import annotations

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.suite.capabilities import reason_to_skip

AVAILABLE = frozenset({"api", "multi-node"})


@pytest.mark.parametrize(
    "tags",
    [
        [],
        ["smoke", "slow"],
        ["use.with_api=yes"],
        ["use.with_multi_node=yes", "use.with_api=yes"],
        ["not.with_gpu=yes"],
    ],
)
def test_a_spec_runs_where_it_has_what_it_needs(tags: list[str]) -> None:
    assert reason_to_skip(tags, AVAILABLE) is None


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        (["use.with_gpu=yes"], "the cluster lacks the capability gpu (@use.with_gpu=yes)"),
        (
            ["use.with_api=yes", "use.with_device_plugins=yes"],
            "the cluster lacks the capability device-plugins (@use.with_device_plugins=yes)",
        ),
        (
            ["not.with_multi_node=yes"],
            "the cluster has the capability multi-node (@not.with_multi_node=yes)",
        ),
    ],
)
def test_a_spec_is_skipped_with_the_reason(tags: list[str], reason: str) -> None:
    assert reason_to_skip(tags, AVAILABLE) == reason


def test_of_several_reasons_always_the_same_is_told() -> None:
    tags = ["use.with_gpu=yes", "use.with_dra=yes"]

    assert reason_to_skip(tags, AVAILABLE) == reason_to_skip(tags[::-1], AVAILABLE)


def test_a_reason_that_is_known_is_told() -> None:
    told = reason_to_skip(["use.with_gpu=yes"], AVAILABLE, {"gpu": "no node has one", "dra": "x"})

    assert told == "the cluster lacks the capability gpu (@use.with_gpu=yes): no node has one"


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("use.with_wings=yes", "there is no capability 'wings'"),
        ("use.with_gpu=no", "the value is always yes"),
        ("not.with_gpu=maybe", "the value is always yes"),
    ],
)
def test_a_tag_that_means_nothing_is_refused(tag: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        reason_to_skip([tag], AVAILABLE)

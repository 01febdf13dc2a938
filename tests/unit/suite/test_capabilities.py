"""The capabilities that a spec needs and that a cluster has."""

from __future__ import annotations

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.suite.capabilities import reason_to_skip

AVAILABLE = frozenset({"api", "multi-node"})
LACKING = {"gpu": "no node has one", "dra": "it is not served", "device-plugins": "it has no nodes"}


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
def test_a_spec_runs_on_a_cluster_with_the_capabilities_it_needs(tags: list[str]) -> None:
    assert reason_to_skip(tags, AVAILABLE, LACKING) is None


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        (
            ["use.with_gpu=yes"],
            "the cluster lacks the capability gpu (@use.with_gpu=yes): no node has one",
        ),
        (
            ["use.with_api=yes", "use.with_device_plugins=yes"],
            "the cluster lacks the capability device-plugins (@use.with_device_plugins=yes): it has no nodes",
        ),
        (
            ["not.with_multi_node=yes"],
            "the cluster has the capability multi-node (@not.with_multi_node=yes)",
        ),
    ],
)
def test_a_spec_is_skipped_with_the_reason(tags: list[str], reason: str) -> None:
    assert reason_to_skip(tags, AVAILABLE, LACKING) == reason


def test_of_several_reasons_always_the_same_is_reported() -> None:
    tags = ["use.with_gpu=yes", "use.with_dra=yes"]

    first = reason_to_skip(tags, AVAILABLE, LACKING)
    assert first is not None
    assert first == reason_to_skip(tags[::-1], AVAILABLE, LACKING)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("use.with_wings=yes", "@use.with_wings=yes: there is no capability 'wings'"),
        ("not.with_big_wings=yes", "there is no capability 'big-wings'"),
        ("use.with_gpu=no", "the value must be yes"),
        ("not.with_gpu=maybe", "the value must be yes"),
    ],
)
def test_a_tag_that_means_nothing_is_refused(tag: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        reason_to_skip([tag], AVAILABLE, LACKING)


def test_a_capability_that_nothing_has_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigurationError) as refused:
        reason_to_skip(["use.with_wings=yes"], AVAILABLE, LACKING)

    offered = "the framework and the active systems have: api, device-plugins, dra, gpu, multi-node"
    assert str(refused.value).endswith(offered)

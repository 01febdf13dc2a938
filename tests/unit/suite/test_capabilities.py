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


@pytest.mark.parametrize(
    ("tag", "runs"),
    [
        ("use.with_kubernetes.min=1.35", True),
        ("use.with_kubernetes.min=1.36", True),
        ("use.with_kubernetes.min=1.36.4", False),
        ("use.with_kubernetes.min=1.37", False),
        ("use.with_kubernetes.max=1.36", True),
        ("use.with_kubernetes.max=1.36.2", False),
        ("use.with_kubernetes.max=v1.35", False),
        ("not.with_kubernetes.min=1.36", False),
        ("not.with_kubernetes.min=1.37", True),
    ],
)
def test_a_spec_may_need_a_version_of_kubernetes(tag: str, runs: bool) -> None:
    reason = reason_to_skip([tag], AVAILABLE, LACKING, "v1.36.3+k3s1")

    assert reason == (None if runs else f"the cluster's Kubernetes is v1.36.3+k3s1 (@{tag})")


def test_no_known_version_excludes_no_spec() -> None:
    assert reason_to_skip(["use.with_kubernetes.min=1.99"], AVAILABLE, LACKING) is None


@pytest.mark.parametrize("value", ["1", "new", "1.36.x", ""])
def test_a_tag_with_no_version_of_kubernetes_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match="is no version of Kubernetes; write for example"):
        reason_to_skip([f"use.with_kubernetes.min={value}"], AVAILABLE, LACKING, "v1.36.3")


def test_a_capability_that_nothing_has_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigurationError) as refused:
        reason_to_skip(["use.with_wings=yes"], AVAILABLE, LACKING)

    offered = "the framework and the active systems have: api, device-plugins, dra, gpu, multi-node"
    assert str(refused.value).endswith(offered)

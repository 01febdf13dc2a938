"""Partial trees: matches, and the paths in mismatches."""

from __future__ import annotations

from typing import Any

import pytest
from hamcrest import all_of, greater_than, not_none

from maidenhair.kube.matchers import (
    equal_quantity,
    exact_sequence,
    has_jmespath,
    matches_tree,
    quantity_at_least,
    satisfies_cel,
)
from tests.unit import matching

WEB = {
    "metadata": {"name": "web", "labels": {"app": "web", "app.kubernetes.io/name": "web"}},
    "spec": {
        "replicas": 2,
        "paused": True,
        "containers": [
            {"name": "main", "image": "web:1", "args": ["-v", "-q"], "memory": "1Gi"},
            {"name": "side", "image": "side:1", "args": []},
        ],
    },
    "status": {
        "conditions": [
            {"type": "Available", "status": "True"},
            {"type": "Ready", "status": "False", "reason": "Starting"},
        ],
    },
}


def mismatch_of(tree: dict[str, Any], item: Any) -> str:
    """Return the description of an item that does not match a partial tree."""
    return matching.mismatch_of(matches_tree(tree), item)


@pytest.mark.parametrize(
    "tree",
    [
        {"metadata": {"labels": {"app": "web"}}, "spec": {"replicas": 2}},
        {"spec": {"replicas": all_of(greater_than(1), not_none())}},
        {"spec": {"containers": [{"name": "side"}, {"image": "web:1", "args": ["-q"]}]}},
        # The first element that fits "any image" is the only one that fits the other.
        {"spec": {"containers": [{"image": not_none()}, {"name": "main"}]}},
        {"spec": {"containers": exact_sequence({"name": "main"}, {"name": "side"})}},
        {"spec": {"containers": [{"args": exact_sequence("-v", "-q")}]}},
        {"spec": {"strategy": None, "nothing": {"deeper": None}, "volumes": []}},
        {"spec": {"containers": [{"memory": equal_quantity("1024Mi")}]}},
        {"status": has_jmespath("length(conditions)", 2), "spec": satisfies_cel("self.paused")},
    ],
)
def test_a_partial_tree_matches(tree: dict[str, Any]) -> None:
    assert matches_tree(tree).matches(WEB)


@pytest.mark.parametrize(
    ("tree", "mismatch"),
    [
        (
            {"status": {"conditions": [{"type": "Ready", "reason": "Up"}]}},
            'status.conditions[1].reason was "Starting", expected "Up"',
        ),
        (
            {"spec": {"replicas": greater_than(2), "paused": 1}, "metadata": {"name": "v"}},
            "spec.replicas was <2>, expected a value greater than <2>; "
            'spec.paused was true, expected 1; metadata.name was "web", expected "v"',
        ),
        (
            {"spec": {"containers": [{"name": "init"}]}},
            'spec.containers had no (other) element with name "init" (it had "main", "side")',
        ),
        (
            {"spec": {"containers": [{"args": ["-q"]}, {"args": ["-v"]}]}},
            'spec.containers[1].args had no (other) element like "-v"',
        ),
        (
            {"spec": {"containers": exact_sequence({"name": "side"})}},
            "spec.containers had 2 elements, expected 1; "
            'spec.containers[0].name was "main", expected "side"',
        ),
        (
            {"spec": {"strategy": {"type": "Recreate"}, "emptyDir": {}}},
            'spec.strategy was absent, expected {type: "Recreate"}; '
            "spec.emptyDir was absent, expected {}",
        ),
        ({"spec": {"replicas": {"a": 1}}}, "spec.replicas was 2, expected {a: 1}"),
        (
            {"metadata": {"labels": {"app.kubernetes.io/name": "x"}}},
            'metadata.labels["app.kubernetes.io/name"] was "web", expected "x"',
        ),
        (
            {"spec": {"containers": [{"name": "main", "memory": quantity_at_least("2Gi")}]}},
            "spec.containers[0].memory was 1Gi, expected a quantity of at least 2Gi",
        ),
    ],
)
def test_the_mismatch_of_a_partial_tree_names_the_paths_that_differ(
    tree: dict[str, Any], mismatch: str
) -> None:
    assert mismatch_of(tree, WEB) == mismatch


def test_a_mismatch_names_at_most_ten_differences() -> None:
    text = mismatch_of({"spec": {f"f{n:02}": n for n in range(12)}}, WEB)
    assert text.endswith("spec.f09 was absent, expected 9; and 2 more")


def test_a_long_value_is_shortened_in_a_mismatch() -> None:
    text = mismatch_of({"data": "short"}, {"data": "x" * 5000})
    assert len(text) < 300

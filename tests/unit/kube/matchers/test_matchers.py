"""Matchers of objects: matches, mismatches and their descriptions."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hamcrest import contains_string, greater_than, matches_regexp, starts_with
from hamcrest.core.matcher import Matcher
from hamcrest.core.string_description import StringDescription

from maidenhair.errors import ConfigurationError
from maidenhair.kube import matchers
from maidenhair.kube.matchers import (
    equal_quantity,
    exact_sequence,
    has_annotations,
    has_condition,
    has_event,
    has_jmespath,
    has_labels,
    has_log_line,
    is_absent,
    is_owned_by,
    is_present,
    matches_tree,
    quantity_at_least,
    quantity_at_most,
    satisfies_cel,
)
from tests.unit.matching import description_of, mismatch_of

READY = {"type": "Ready", "status": "False", "reason": "Starting", "message": "a pod is pulled"}
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {
        "name": "web",
        "namespace": "n",
        "generation": 2,
        "labels": {"app": "web", "app.kubernetes.io/name": "web"},
        "annotations": {"note": "red"},
        "ownerReferences": [
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "settings", "uid": "u1"},
            {"apiVersion": "x/v1", "kind": "App", "name": "w", "uid": "u2", "controller": True},
        ],
    },
    "spec": {
        "replicas": 2,
        "paused": True,
        "containers": [
            {"name": "main", "image": "web:1", "args": ["-v", "-q"], "memory": "1Gi"},
            {"name": "side", "image": "side:1", "args": []},
        ],
    },
    "status": {
        "observedGeneration": 1,
        "conditions": [{"type": "Available", "status": "True"}, READY],
    },
}
EVENTS = [
    {
        "metadata": {},
        "type": "Warning",
        "reason": "BackOff",
        "message": "Back-off pulling web:1",
        "count": 4,
        "lastTimestamp": "2026-01-31T12:00:00Z",
        "involvedObject": {"kind": "Pod", "name": "web-0", "namespace": "n", "uid": "p0"},
    },
    {
        "metadata": {},
        "type": "Normal",
        "reason": "Scheduled",
        "note": "to node-1",
        "eventTime": "2026-01-31T11:00:00Z",
        "regarding": {"kind": "Pod", "name": "web-1", "namespace": "n", "uid": "p1"},
    },
]
LOG = "loading\nlistening on 8080\n"


def test_the_package_exports_its_matchers() -> None:
    assert matchers.__all__ == [
        "equal_quantity",
        "exact_sequence",
        "has_annotations",
        "has_condition",
        "has_event",
        "has_jmespath",
        "has_labels",
        "has_log_line",
        "is_absent",
        "is_owned_by",
        "is_present",
        "matches_tree",
        "quantity_at_least",
        "quantity_at_most",
        "satisfies_cel",
    ]
    assert all(hasattr(matchers, name) for name in matchers.__all__)


@pytest.mark.parametrize(
    ("matcher", "item"),
    [
        (is_present(), WEB),
        (is_absent(), None),
        (has_condition("Available"), WEB),
        (has_condition("Ready", "False", "Starting", "is pulled"), WEB),
        (has_condition("Ready", starts_with("F"), starts_with("S"), starts_with("a pod")), WEB),
        (has_labels({"app": "web", "app.kubernetes.io/name": starts_with("w"), "x": None}), WEB),
        (has_annotations({"note": "red"}), WEB),
        (has_jmespath("status.conditions[?type=='Ready'].status | [0]", "False"), WEB),
        (has_jmespath("spec.nothing", None), WEB),
        (satisfies_cel("object.status.conditions.exists(c, c.type == 'Ready')"), WEB),
        (satisfies_cel("self.spec.replicas > 1 && !has(self.spec.strategy)"), WEB),
        (is_owned_by({"kind": "ConfigMap", "metadata": {"name": "settings", "uid": "u1"}}), WEB),
        (
            is_owned_by(
                {"apiVersion": "x/v2", "kind": "App", "metadata": {"name": "w"}}, controller=True
            ),
            WEB,
        ),
        (has_event(), EVENTS),
        (has_event("BackOff", type="Warning", message="pulling", count=greater_than(3)), EVENTS),
        (has_event(message="node-1", count=1, about={"metadata": {"uid": "p1"}}), EVENTS),
        (has_event("BackOff", about={"kind": "Pod", "metadata": {"name": "web-0"}}), EVENTS),
        (has_log_line("listening"), LOG),
        (has_log_line(matches_regexp(r"^listening on \d+$")), LOG),
        (equal_quantity("1Gi"), "1024Mi"),
        (equal_quantity("0.5"), "500m"),
        (equal_quantity(0.1), "100m"),
        (equal_quantity("1e3"), "1k"),
        (quantity_at_least("1G"), "1Gi"),
        (quantity_at_most("1Gi"), "1G"),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, Matcher) else "",
)
def test_a_matching_value_is_described(matcher: Matcher[Any], item: Any) -> None:
    assert matcher.matches(item)
    description = StringDescription()
    matcher.describe_match(item, description)
    assert 0 < len(str(description)) < 300


@pytest.mark.parametrize(
    ("matcher", "item", "mismatch"),
    [
        (is_present(), None, "it did not exist"),
        (
            is_present(),
            {"kind": "Pod", "metadata": {"name": "a", "deletionTimestamp": "2026"}},
            "Pod a was being deleted",
        ),
        (is_absent(), WEB, "Deployment n/web existed"),
        (matches_tree({"spec": {}}), None, "it did not exist"),
        (
            has_condition("Ready"),
            WEB,
            "condition Ready was False (Starting: a pod is pulled)",
        ),
        (
            has_condition("Ready", "False", message="is started"),
            WEB,
            "condition Ready was False (Starting: a pod is pulled)",
        ),
        (
            has_condition("Synced"),
            WEB,
            "condition Synced was absent (Available True, Ready False)",
        ),
        (
            has_condition("Ready", "False", current=True),
            WEB,
            "condition Ready was False (Starting: a pod is pulled), "
            "of generation 1 while the object's was 2",
        ),
        (
            has_condition("Ready", "False", current=True),
            {"metadata": {"generation": 1}, "status": {"conditions": [READY]}},
            "condition Ready was False (Starting: a pod is pulled), of an unknown generation",
        ),
        (has_labels({"app": "db"}), WEB, 'metadata.labels.app was "web", expected "db"'),
        (
            has_annotations({"note": None, "x": "y"}),
            WEB,
            'metadata.annotations.note was "red", expected null; '
            'metadata.annotations.x was absent, expected "y"',
        ),
        (has_jmespath("spec.replicas", 3), WEB, "spec.replicas was <2>"),
        (
            has_jmespath("length(spec.replicas)", 3),
            WEB,
            starts_with("length(spec.replicas) failed: "),
        ),
        (satisfies_cel("self.spec.replicas > 2"), WEB, "`self.spec.replicas > 2` was false"),
        (satisfies_cel("self.spec.replicas"), WEB, "`self.spec.replicas` was 2"),
        (satisfies_cel("self.spec.no > 2"), WEB, "`self.spec.no > 2` failed: `no` does not exist"),
        (
            satisfies_cel("self.spec == 'a' + 1"),
            WEB,
            contains_string("failed: Unsupported operation"),
        ),
        (satisfies_cel("true"), None, "it did not exist"),
        (
            is_owned_by({"kind": "Pod", "metadata": {"name": "settings", "uid": "u3"}}),
            WEB,
            "Deployment n/web was owned by ConfigMap settings (uid u1), "
            "App w (uid u2, its controller)",
        ),
        (
            is_owned_by(WEB),
            {"kind": "Pod", "metadata": {"name": "a"}},
            "Pod a was owned by nothing",
        ),
        (has_event("Killing"), [], "there were no events"),
        (
            has_event("Scheduled", type="Warning", about={"metadata": {"uid": "p1"}}),
            EVENTS,
            "the closest of 2 events were: Normal Scheduled of Pod web-1: to node-1; "
            "Warning BackOff (4 times) of Pod web-0: Back-off pulling web:1",
        ),
        (
            has_log_line("ready"),
            LOG,
            'none of 2 lines matched; the last were "loading"; "listening on 8080"',
        ),
        (has_log_line("ready"), "", "the log was empty"),
        (equal_quantity("1Gi"), "1G", "was 1G"),
        (equal_quantity(1), True, "was true, which is not a quantity"),
        (quantity_at_most("500m"), "NaN", 'was "NaN", which is not a quantity'),
    ],
)
def test_a_mismatch_is_described(matcher: Matcher[Any], item: Any, mismatch: Any) -> None:
    text = mismatch_of(matcher, item)
    assert mismatch.matches(text) if isinstance(mismatch, Matcher) else text == mismatch


@pytest.mark.parametrize(
    ("matcher", "description"),
    [
        (is_present(), "an object that exists"),
        (is_absent(), "no such object"),
        (has_condition("Ready"), "condition Ready True"),
        (
            has_condition("Ready", "False", "Starting", "pulled", current=True),
            "condition Ready False with reason 'Starting' and message a string containing 'pulled', "
            "of the object's current generation",
        ),
        (
            matches_tree({"spec": {"n": 1, "l": exact_sequence("a"), "m": equal_quantity("1Gi")}}),
            'an object like {spec: {n: 1, l: exactly ["a"], m: a quantity equal to 1Gi}}',
        ),
        (has_labels({"a": "b", "c": None}), 'an object with labels {a: "b", c: null}'),
        (has_annotations({"a": "b"}), 'an object with annotations {a: "b"}'),
        (has_jmespath("spec.n", 1), "spec.n <1>"),
        (satisfies_cel("self.a == 1"), "an object that satisfies `self.a == 1`"),
        (
            is_owned_by({"kind": "Pod", "metadata": {"name": "a", "uid": "u"}}),
            "an object owned by Pod a (uid u)",
        ),
        (is_owned_by(WEB, controller=True), "an object controlled by Deployment n/web"),
        (has_event(), "an event"),
        (
            has_event("R", type="Warning", about=WEB),
            "an event about Deployment n/web with type 'Warning' and reason 'R'",
        ),
        (has_log_line("x"), "a log with a line that is a string containing 'x'"),
        (equal_quantity(0.5), "a quantity equal to 0.5"),
        (quantity_at_least("1Gi"), "a quantity of at least 1Gi"),
        (quantity_at_most("1Gi"), "a quantity of at most 1Gi"),
    ],
)
def test_the_expected_value_is_described(matcher: Matcher[Any], description: str) -> None:
    assert description_of(matcher) == description


def test_invalid_expressions_and_quantities_are_errors() -> None:
    with pytest.raises(ValueError, match=r"invalid JMESPath expression: a\.\[: "):
        has_jmespath("a.[", 1)
    with pytest.raises(ValueError, match=r"invalid CEL expression: self\.a >: "):
        satisfies_cel("self.a >")
    with pytest.raises(
        ValueError,
        match=r"invalid CEL rule, which may only use .* `self`: .* variable or function: 'slef'",
    ):
        satisfies_cel("slef.a > 1")
    with pytest.raises(ValueError, match="not a quantity: '1Gib'; write a number such as"):
        equal_quantity("1Gib")


def test_without_the_package_cel_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cel", None)
    with pytest.raises(ConfigurationError, match="install maidenhair with the extra `cel`"):
        satisfies_cel("self.a")

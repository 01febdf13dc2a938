"""Matchers of objects against a real API server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hamcrest import all_of, assert_that, equal_to, greater_than, none, not_none

from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import (
    equal_quantity,
    exact_sequence,
    has_annotations,
    has_condition,
    has_event,
    has_jmespath,
    has_labels,
    is_absent,
    is_owned_by,
    is_present,
    matches_tree,
    quantity_at_least,
    quantity_at_most,
    satisfies_cel,
)
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.waiting import eventually

WITHIN = 30.0


@pytest.fixture(scope="module")
def namespace(kube: Kube) -> Iterator[str]:
    with Run(kube) as run, run.namespace("matchers") as name:
        yield name


def deployment(namespace: str) -> Object:
    labels = {"app.kubernetes.io/name": "web"}
    resources = {"requests": {"cpu": "0.5", "memory": "1Gi"}}
    container = {"name": "main", "image": "absent:1", "args": ["a", "b"], "resources": resources}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": namespace,
            "labels": labels,
            "annotations": {"team/contact": "green"},
        },
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def test_a_deployment_its_pod_and_its_events_are_matched(kube: Kube, namespace: str) -> None:
    manifest = deployment(namespace)
    kube.apply(manifest)
    with WatchedObject(kube, "apps/v1", "Deployment", "web", namespace) as watched:
        current = has_condition("Available", "False", current=True)
        web = eventually(watched, all_of(is_present(), current), within=WITHIN)
    with WatchedObjects(kube, "v1", "Event", namespace) as watched_events:
        scaled = has_event("ScalingReplicaSet", type="Normal", message="to 1", about=web)
        eventually(watched_events, scaled, within=WITHIN)
        unscheduled = has_event("FailedScheduling", type="Warning", message="no nodes available")
        events = eventually(watched_events, unscheduled, within=WITHIN)
    assert_that(events, has_event(count=greater_than(0), about=manifest))
    (replicas,) = kube.list("apps/v1", "ReplicaSet", namespace)
    (pod,) = kube.list("v1", "Pod", namespace)
    assert_that(replicas, is_owned_by(web, controller=True))
    assert_that(replicas, is_owned_by(manifest))
    assert_that(pod, is_owned_by(replicas, controller=True))
    assert_that(web, has_labels({"app.kubernetes.io/name": "web"}))
    assert_that(web, has_annotations({"team/contact": "green", "team/other": None}))
    assert_that(web, has_jmespath("status.conditions[?type=='Available'].status", ["False"]))
    assert_that(web, satisfies_cel("object.spec.replicas == 1 && has(object.status.conditions)"))
    assert_that(kube.get("v1", "Pod", "other", namespace), is_absent())
    # The API server writes quantities in its own way.
    assert_that(requests(pod), equal_to({"cpu": "500m", "memory": "1Gi"}))
    assert_that(pod, matches_tree(expected_pod("0.5")))
    tree = matches_tree(expected_pod("1"))
    mismatch = "spec.containers[0].resources.requests.cpu was 500m, expected a quantity equal to 1"
    with pytest.raises(AssertionError) as caught:
        assert_that(pod, tree)
    assert str(caught.value).splitlines()[-1].strip() == f"but: {mismatch}"


def requests(pod: Object) -> Any:
    return pod["spec"]["containers"][0]["resources"]["requests"]


def expected_pod(cpu: str) -> dict[str, Any]:
    resources = {
        "cpu": equal_quantity(cpu),
        "memory": all_of(quantity_at_least("1G"), quantity_at_most("1024Mi")),
    }
    container = {
        "name": "main",
        "args": exact_sequence("a", "b"),
        "resources": {"requests": resources},
    }
    condition = {"type": "PodScheduled", "status": "False", "message": not_none()}
    return {
        "metadata": {"uid": not_none(), "deletionTimestamp": None},
        "spec": {"containers": [container], "nodeName": none()},
        "status": {"phase": "Pending", "conditions": [condition]},
    }

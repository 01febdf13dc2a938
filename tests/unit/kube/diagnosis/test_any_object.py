"""Explanations of objects of any shape and of any kind."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from maidenhair.kube import Object
from maidenhair.kube.diagnosis.describe import describe_object, problems_of
from maidenhair.kube.diagnosis.explanation import explain_object
from tests.unit.kube.diagnosis.objects import api, made

KINDS = st.sampled_from(
    [
        ("v1", "Pod"),
        ("v1", "Service"),
        ("v1", "Namespace"),
        ("v1", "Node"),
        ("v1", "PersistentVolumeClaim"),
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "ReplicaSet"),
        ("batch/v1", "Job"),
        ("batch/v1", "CronJob"),
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ("networking.k8s.io/v1", "Ingress"),
        ("policy/v1", "PodDisruptionBudget"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("gateway.networking.k8s.io/v1", "Gateway"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("serving.example.com/v1", "Service"),
        ("example.com/v1", "Widget"),
    ]
)
NAMES = st.sampled_from(
    re.findall(
        r"\w+",
        """
        Failed Ready affinity backendRefs conditions containerStatuses containers desiredNumberScheduled health
        disruptionsAllowed finalizers generation http image initContainerStatuses lastState listeners loadBalancer
        matchExpressions matchLabels message name nodeName nodeSelector observedGeneration ownerReferences parentRefs
        parents paths phase ports reason replicas restartCount rules schedule scaleTargetRef selector spec state status
        suspend taints template terminated type unschedulable updatedReplicas volumes waiting
        """,
    )
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "a", "app=web", "False", "True", "Failed", "Ready", "CrashLoopBackOff"])
    | st.text(max_size=4)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def objects(draw: Any, kinds: Any = KINDS) -> Object:
    """Return an object of any shape, with metadata as the API server makes it."""
    api_version, kind = draw(kinds)
    fields = {name: draw(JSON) for name in ("spec", "status")}
    metadata = draw(st.fixed_dictionaries({}, optional={"generation": st.integers(1, 3)}))
    return made(api_version, kind, "a", **fields, metadata=metadata)


@settings(max_examples=60, deadline=None)
@given(objects(), st.lists(objects(st.just(("v1", "Pod"))), max_size=1))
def test_any_object_gets_an_answer(subject: Object, pods: list[Object]) -> None:
    answer = explain_object(api(subject, *pods), subject)
    assert answer.sentence
    assert answer.as_json()["name"] == "a"
    assert describe_object(subject, [])
    problems_of(subject)


@settings(max_examples=60, deadline=None)
@given(objects(st.just(("example.com/v1", "Widget"))))
def test_rules_read_a_custom_resource_of_any_shape(subject: Object) -> None:
    answer = explain_object(api(subject), subject)
    assert not [line for line in answer.evidence if "cannot read the object" in line]

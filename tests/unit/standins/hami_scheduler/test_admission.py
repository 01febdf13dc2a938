"""The webhook of the HAMi stand-in."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from hami_scheduler.admission import Admission, Refusal

from .hami_cluster import container, pod

ADMISSION = Admission("hami-scheduler")
SCHEDULER = {"op": "add", "path": "/spec/schedulerName", "value": "hami-scheduler"}


def spec(made: dict[str, Any], **values: Any) -> dict[str, Any]:
    made["spec"].update(values)
    return made


@pytest.mark.parametrize("named", ["", "default-scheduler"])
def test_a_pod_with_devices_gets_the_scheduler(named: str) -> None:
    requester = spec(pod("p", container(gpu=1)), schedulerName=named)
    assert ADMISSION.patch(requester) == [SCHEDULER]


def test_a_pod_that_names_the_scheduler_is_not_changed() -> None:
    assert ADMISSION.patch(spec(pod("p", container(gpu=1)), schedulerName="hami-scheduler")) == []


@pytest.mark.parametrize(
    "requester",
    [
        pod("p", container()),
        pod("p", container(**{"cpu/x": 1})),
        spec(pod("p", container(gpumem_percentage=150)), schedulerName="mine"),
    ],
    ids=["no devices", "other resources", "another scheduler"],
)
def test_other_pods_are_not_changed(requester: dict[str, Any]) -> None:
    assert ADMISSION.patch(requester) == []


def test_pods_of_the_default_scheduler_can_be_ignored() -> None:
    requester = spec(pod("p", container(gpu=1)), schedulerName="default-scheduler")
    assert Admission("hami-scheduler", overwrites_default=False).patch(requester) == []


@pytest.mark.parametrize("requests", [{"gpumem": 100}, {"gpucores": 10}, {"gpumem_percentage": 10}])
def test_a_request_for_memory_or_cores_alone_means_one_device(requests: dict[str, int]) -> None:
    patch = ADMISSION.patch(pod("p", container("a"), container("b", **requests)))
    at = "/spec/containers/1/resources/limits/nvidia.com~1gpu"
    assert patch == [{"op": "add", "path": at, "value": "1"}, SCHEDULER]


def test_requests_of_init_containers_count() -> None:
    assert ADMISSION.patch(pod("p", container(), init=(container(gpu=1),))) == [SCHEDULER]


def privileged(made: dict[str, Any]) -> dict[str, Any]:
    return {**made, "securityContext": {"privileged": True}}


def test_privileged_containers_are_ignored() -> None:
    assert ADMISSION.patch(pod("p", privileged(container(gpu=1)))) == []
    mixed = pod("p", privileged(container(gpumem=1)), container("b", gpu=1))
    assert ADMISSION.patch(mixed) == [SCHEDULER]


@pytest.mark.parametrize("percentage", [-1, 101, 1000])
def test_a_share_of_memory_outside_of_0_to_100_is_refused(percentage: int) -> None:
    with pytest.raises(Refusal) as refusal:
        ADMISSION.patch(pod("p", container("main", gpu=1, gpumem_percentage=percentage)))
    assert "nvidia.com/gpumem-percentage" in refusal.value.message
    assert str(percentage) in refusal.value.message


@pytest.mark.parametrize("percentage", [0, 50, 100])
def test_a_share_of_memory_from_0_to_100_is_accepted(percentage: int) -> None:
    assert ADMISSION.patch(pod("p", container(gpu=1, gpumem_percentage=percentage))) == [SCHEDULER]


def test_a_pod_that_names_its_node_is_refused() -> None:
    with pytest.raises(Refusal, match="pod has node assigned"):
        ADMISSION.patch(spec(pod("p", container(gpu=1)), nodeName="n"))
    assert ADMISSION.patch(spec(pod("p", container()), nodeName="n")) == []


def test_memory_of_kunlunxin_is_rounded_up_to_a_size_of_shares() -> None:
    key = "kunlunxin.com/vxpu-memory"
    requester = container(**{"kunlunxin.com/vxpu": 1, key: 30000})
    requester["resources"]["requests"] = dict(requester["resources"]["limits"])
    patch = ADMISSION.patch(pod("p", requester))
    paths = [
        f"/spec/containers/0/resources/{kind}/kunlunxin.com~1vxpu-memory"
        for kind in ("limits", "requests")
    ]
    assert patch == [*({"op": "add", "path": path, "value": "49152"} for path in paths), SCHEDULER]


@pytest.mark.parametrize(("env", "at"), [([], "/env"), ([{"name": "A"}], "/env/-")])
def test_a_priority_becomes_a_variable_of_the_container(env: list[dict[str, str]], at: str) -> None:
    requester = {**container(gpu=1, priority=1), "env": env}
    change = ADMISSION.patch(pod("p", requester))[0]
    variable = {"name": "CUDA_TASK_PRIORITY", "value": "1"}
    value = variable if env else [variable]
    assert change == {"op": "add", "path": f"/spec/containers/0{at}", "value": value}


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_reviews_are_answered_in_their_version(version: str) -> None:
    review = {
        "apiVersion": f"admission.k8s.io/{version}",
        "kind": "AdmissionReview",
        "request": {"uid": "u", "object": pod("p", container(gpu=1))},
    }
    answer = ADMISSION.review(review)
    assert (answer["apiVersion"], answer["kind"]) == (review["apiVersion"], "AdmissionReview")
    response = answer["response"]
    assert (response["uid"], response["allowed"], response["patchType"]) == ("u", True, "JSONPatch")
    assert json.loads(base64.b64decode(response["patch"])) == [SCHEDULER]


def test_a_refusal_has_a_reason() -> None:
    requester = pod("p", container(gpu=1, gpumem_percentage=101))
    response = ADMISSION.review({"request": {"uid": "u", "object": requester}})["response"]
    assert not response["allowed"]
    assert "nvidia.com/gpumem-percentage" in response["status"]["message"]
    assert "patch" not in response


def test_a_pod_without_changes_is_allowed_without_a_patch() -> None:
    response = ADMISSION.review({"request": {"uid": "u", "object": pod("p", container())}})[
        "response"
    ]
    assert response == {"uid": "u", "allowed": True}

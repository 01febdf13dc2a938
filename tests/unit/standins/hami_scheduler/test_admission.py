"""What the HAMi stand-in's webhook makes of pods."""

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
    asking = spec(pod("p", container(gpu=1)), schedulerName=named)
    assert ADMISSION.patch(asking) == [SCHEDULER]


def test_a_pod_that_names_the_scheduler_already_stays_as_it_is() -> None:
    assert ADMISSION.patch(spec(pod("p", container(gpu=1)), schedulerName="hami-scheduler")) == []


@pytest.mark.parametrize(
    "asking",
    [
        pod("p", container()),
        pod("p", container(**{"cpu/x": 1})),
        spec(pod("p", container(gpumem_percentage=150)), schedulerName="mine"),
    ],
    ids=["no devices", "other resources", "another scheduler"],
)
def test_what_is_none_of_ours_is_left_alone(asking: dict[str, Any]) -> None:
    assert ADMISSION.patch(asking) == []


def test_kubernetes_own_scheduler_can_be_left_alone() -> None:
    asking = spec(pod("p", container(gpu=1)), schedulerName="default-scheduler")
    assert Admission("hami-scheduler", overwrites_default=False).patch(asking) == []


@pytest.mark.parametrize("asks", [{"gpumem": 100}, {"gpucores": 10}, {"gpumem_percentage": 10}])
def test_who_asks_for_memory_or_cores_alone_gets_one_device(asks: dict[str, int]) -> None:
    patch = ADMISSION.patch(pod("p", container("a"), container("b", **asks)))
    at = "/spec/containers/1/resources/limits/nvidia.com~1gpu"
    assert patch == [{"op": "add", "path": at, "value": "1"}, SCHEDULER]


def test_init_containers_count() -> None:
    assert ADMISSION.patch(pod("p", container(), init=(container(gpu=1),))) == [SCHEDULER]


def privileged(made: dict[str, Any]) -> dict[str, Any]:
    return {**made, "securityContext": {"privileged": True}}


def test_privileged_containers_are_left_alone() -> None:
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
def test_a_share_of_memory_within_0_to_100_is_not(percentage: int) -> None:
    assert ADMISSION.patch(pod("p", container(gpu=1, gpumem_percentage=percentage))) == [SCHEDULER]


def test_a_pod_that_names_its_node_is_refused() -> None:
    with pytest.raises(Refusal, match="pod has node assigned"):
        ADMISSION.patch(spec(pod("p", container(gpu=1)), nodeName="n"))
    assert ADMISSION.patch(spec(pod("p", container()), nodeName="n")) == []


def test_memory_of_kunlunxin_is_rounded_up_to_a_size_that_there_is() -> None:
    key = "kunlunxin.com/vxpu-memory"
    asking = container(**{"kunlunxin.com/vxpu": 1, key: 30000})
    asking["resources"]["requests"] = dict(asking["resources"]["limits"])
    patch = ADMISSION.patch(pod("p", asking))
    paths = [
        f"/spec/containers/0/resources/{kind}/kunlunxin.com~1vxpu-memory"
        for kind in ("limits", "requests")
    ]
    assert patch == [*({"op": "add", "path": path, "value": "49152"} for path in paths), SCHEDULER]


@pytest.mark.parametrize(("env", "at"), [([], "/env"), ([{"name": "A"}], "/env/-")])
def test_a_priority_is_told_to_the_container(env: list[dict[str, str]], at: str) -> None:
    asking = {**container(gpu=1, priority=1), "env": env}
    change = ADMISSION.patch(pod("p", asking))[0]
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


def test_a_refusal_says_why() -> None:
    asking = pod("p", container(gpu=1, gpumem_percentage=101))
    response = ADMISSION.review({"request": {"uid": "u", "object": asking}})["response"]
    assert not response["allowed"]
    assert "nvidia.com/gpumem-percentage" in response["status"]["message"]
    assert "patch" not in response


def test_nothing_to_change_is_allowed_without_a_patch() -> None:
    response = ADMISSION.review({"request": {"uid": "u", "object": pod("p", container())}})[
        "response"
    ]
    assert response == {"uid": "u", "allowed": True}

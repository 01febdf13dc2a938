"""The webhook of the HAMi stand-in."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from hami_scheduler.admission import Admission, Refusal
from hami_scheduler.vendors import VENDORS, Vendor

from .hami_cluster import container, pod

ADMISSION = Admission("hami-scheduler", lambda *_: True)
ASCEND, ILUVATAR = "huawei.com/Ascend910B4", "iluvatar.ai/MR-V100"
MODULES = "huawei.com/Ascend910C"


def spec(made: dict[str, Any], **values: Any) -> dict[str, Any]:
    made["spec"].update(values)
    return made


def completed(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = ADMISSION.completed(made)
    return found


def limits(made: dict[str, Any], index: int = 0) -> dict[str, str]:
    found: dict[str, str] = completed(made)["spec"]["containers"][index]["resources"]["limits"]
    return found


def refusal(made: dict[str, Any], admission: Admission = ADMISSION) -> tuple[int, str]:
    with pytest.raises(Refusal) as refused:
        admission.patch(made)
    return refused.value.code, refused.value.message


@pytest.mark.parametrize("named", ["", "default-scheduler", "hami-scheduler"])
def test_a_pod_with_devices_gets_the_scheduler(named: str) -> None:
    requester = spec(pod("p", container(gpu=1)), schedulerName=named)
    assert completed(requester)["spec"]["schedulerName"] == "hami-scheduler"


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
    ignoring = Admission("hami-scheduler", lambda *_: True, overwrites_default=False)
    assert ignoring.patch(requester) == []


def test_a_vendor_that_is_not_enabled_is_ignored() -> None:
    known = tuple(each for each in VENDORS if not each.is_optional)
    admission = Admission("hami-scheduler", lambda *_: True, vendors=known)
    assert admission.patch(pod("p", container(**{ASCEND: 1}))) == []


@pytest.mark.parametrize("requests", [{"gpumem": 100}, {"gpucores": 10}, {"gpumem-percentage": 10}])
def test_a_request_for_memory_or_cores_alone_means_one_device(requests: dict[str, int]) -> None:
    found = limits(pod("p", container("a"), container("b", **requests)), 1)
    assert found["nvidia.com/gpu"] == "1"


@pytest.mark.parametrize(
    ("requests", "cores"),
    [
        ({}, "100"),
        ({"gpumem_percentage": 100}, "100"),
        ({"gpumem": 5}, None),
        ({"gpucores": 7}, "7"),
    ],
)
def test_a_request_for_a_whole_device_gets_all_cores(
    requests: dict[str, int], cores: str | None
) -> None:
    assert limits(pod("p", container(gpu=1, **requests))).get("nvidia.com/gpucores") == cores


def test_requests_of_init_containers_count() -> None:
    made = completed(pod("p", container(), init=(container(gpu=1),)))
    assert made["spec"]["schedulerName"] == "hami-scheduler"


def test_a_pod_with_devices_and_a_privileged_container_is_refused() -> None:
    bold = {**container("bold"), "securityContext": {"privileged": True}}
    assert refusal(pod("p", bold, container(gpu=1))) == (403, "container bold is privileged")
    assert ADMISSION.patch(pod("p", bold)) == []


@pytest.mark.parametrize("percentage", [-1, 101, 1000])
def test_a_share_of_memory_outside_of_0_to_100_is_an_error(percentage: int) -> None:
    code, message = refusal(pod("p", container("main", gpu=1, gpumem_percentage=percentage)))
    assert code == 500
    assert "nvidia.com/gpumem-percentage" in message


@pytest.mark.parametrize("percentage", [0, 50, 100])
def test_a_share_of_memory_from_0_to_100_is_accepted(percentage: int) -> None:
    assert completed(pod("p", container(gpu=1, gpumem_percentage=percentage)))


def test_a_pod_that_names_its_node_is_refused() -> None:
    named = spec(pod("p", container(gpu=1)), nodeName="n")
    assert refusal(named) == (403, "pod has node assigned")
    assert ADMISSION.patch(spec(pod("p", container()), nodeName="n")) == []


@pytest.mark.parametrize(
    ("requests", "init", "memory"),
    [
        ([{"gpu": 2, "gpumem": 300}], (), 600),
        ([{"gpu": 1, "gpumem": 300}, {"gpu": 1, "gpumem": 400}], (), 700),
        ([{"gpu": 1, "gpumem": 300}], ({"gpu": 1, "gpumem": 500}, {"gpu": 1, "gpumem": 10}), 500),
    ],
)
def test_the_quota_counts_all_devices_of_the_containers(
    requests: list[dict[str, int]], init: tuple[dict[str, int], ...], memory: int
) -> None:
    checked: list[tuple[str, int, int]] = []

    def fits(namespace: str, vendor: Vendor, memory: int, cores: int) -> bool:
        checked.append((vendor.device_type, memory, cores))
        return False

    requester = pod(
        "p",
        *(container(**each) for each in requests),
        init=tuple(container(**each) for each in init),
    )
    strict = Admission("hami-scheduler", fits)
    assert refusal(requester, strict) == (403, "exceeding resource quota")
    assert checked == [("NVIDIA", memory, 0)]


@pytest.mark.parametrize(
    ("requests", "resource", "quantity"),
    [
        (
            {"kunlunxin.com/vxpu": 1, "kunlunxin.com/vxpu-memory": 30000},
            "kunlunxin.com/vxpu-memory",
            "49152",
        ),
        ({ASCEND: 1, f"{ASCEND}-memory": 9000}, f"{ASCEND}-memory", "16384"),
        ({ASCEND: 1, f"{ASCEND}-memory": 20000}, f"{ASCEND}-memory", "32768"),
        ({ASCEND: 1}, f"{ASCEND}-memory", "32768"),
        ({MODULES: 1}, MODULES, "2"),
        ({MODULES: 4}, MODULES, "4"),
        ({"mthreads.com/vgpu": 2}, "mthreads.com/sgpu-core", "32"),
        ({"mthreads.com/vgpu": 2}, "mthreads.com/sgpu-memory", "192"),
        ({f"{ILUVATAR}-vgpu": 2}, f"{ILUVATAR}.vCore", "200"),
    ],
)
def test_requests_are_completed_as_the_vendor_needs_it(
    requests: dict[str, int], resource: str, quantity: str
) -> None:
    assert limits(pod("p", container(**requests)))[resource] == quantity


@pytest.mark.parametrize(
    ("requests", "message"),
    [
        ({ASCEND: 1, f"{ASCEND}-memory": 40000}, "is invalid"),
        ({ASCEND: 2, f"{ASCEND}-memory": 8192}, "not supported for multiple devices"),
        ({ASCEND: 1, f"{ASCEND}-core": 10}, "soft split"),
        ({MODULES: 3}, "must be 1 or 2"),
        ({MODULES: 1, f"{MODULES}-memory": 16384}, "not supported for multiple devices"),
        ({"enflame.com/drs-gcu": 0}, "must be greater than 0"),
        ({"enflame.com/gcu-core": 101}, "must be in range"),
        ({"amd.com/gpu": 1, "amd.com/gpucores": 0}, "between 1 and 100"),
        ({"aws.amazon.com/neuroncore": 3}, "multiple of 2"),
        ({"mthreads.com/vgpu": 1, "mthreads.com/sgpu-memory": 3}, "valid values are [2, 4"),
    ],
)
def test_a_request_that_a_vendor_cannot_meet_is_an_error(
    requests: dict[str, int], message: str
) -> None:
    code, seen = refusal(pod("p", container(**requests)))
    assert code == 500
    assert message in seen


def test_a_part_of_a_device_has_equal_limits_and_requests() -> None:
    requester = container()
    requester["resources"] = {"requests": {"enflame.com/gcu-memory": "20"}}
    assert limits(pod("p", requester)) == {"enflame.com/gcu-memory": "20"}


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ({"sgpu-app-class": "other"}, "must be set one of [online, offline]"),
        ({"sgpu-qos-policy": "other"}, "must be set one of [best-effort"),
    ],
)
def test_wrong_annotations_of_metax_are_an_error(annotations: dict[str, str], message: str) -> None:
    own = {f"metax-tech.com/{key}": value for key, value in annotations.items()}
    code, seen = refusal(pod("p", container(**{"metax-tech.com/sgpu": 1}), annotations=own))
    assert code == 500
    assert message in seen


def test_a_quality_of_service_is_added() -> None:
    made = completed(pod("p", container(**{"metax-tech.com/sgpu": 1})))
    assert made["metadata"]["annotations"] == {"metax-tech.com/sgpu-qos-policy": "best-effort"}


def test_a_priority_becomes_a_variable_of_the_container() -> None:
    requester = {**container(gpu=1, priority=1), "env": [{"name": "A"}]}
    [made] = completed(pod("p", requester))["spec"]["containers"]
    assert made["env"] == [{"name": "A"}, {"name": "CUDA_TASK_PRIORITY", "value": "1"}]


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_reviews_are_answered_in_their_version(version: str) -> None:
    requester = pod("p", container(gpu=1, gpumem=1))
    review = {
        "apiVersion": f"admission.k8s.io/{version}",
        "kind": "AdmissionReview",
        "request": {"uid": "u", "object": requester},
    }
    answer = ADMISSION.review(review)
    assert (answer["apiVersion"], answer["kind"]) == (review["apiVersion"], "AdmissionReview")
    response = answer["response"]
    assert (response["uid"], response["allowed"], response["patchType"]) == ("u", True, "JSONPatch")
    [change] = json.loads(base64.b64decode(response["patch"]))
    assert change == {"op": "add", "path": "/spec", "value": completed(requester)["spec"]}


def test_a_refusal_has_a_code_and_a_reason() -> None:
    requester = pod("p", container(gpu=1, gpumem_percentage=101))
    response = ADMISSION.review({"request": {"uid": "u", "object": requester}})["response"]
    assert not response["allowed"]
    assert response["status"]["code"] == 500
    assert "nvidia.com/gpumem-percentage" in response["status"]["message"]
    assert "patch" not in response


def test_a_pod_without_changes_is_allowed_without_a_patch() -> None:
    response = ADMISSION.review({"request": {"uid": "u", "object": pod("p", container())}})[
        "response"
    ]
    assert response == {"uid": "u", "allowed": True}

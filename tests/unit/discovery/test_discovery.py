"""What follows from what was found out about a cluster, and how it is told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from maidenhair.discovery.devices import device_resources, is_device, vendor_of
from maidenhair.discovery.findings import (
    GatewayFound,
    HamiFound,
    NodeFound,
    OperatorFound,
    StorageFound,
)

from maidenhair.discovery import Findings, Report, decide
from maidenhair.kube.rbac.access_review import Access
from maidenhair.kube.rbac.permissions import RUN_RIGHTS
from maidenhair.suite.capabilities import CAPABILITIES

NODE = NodeFound("one", True, True, "v1.34.4", "containerd://2.0.0")
GATEWAY = GatewayFound(
    "skytorch-system/skytorch-gateway", "contour", "projectcontour.io", True, "", ("10.1.2.3",)
)
OPERATOR = OperatorFound("skytorch-system/skytorch-operator", "operator:1", 1, 1)
BARE = Findings("https://10.0.0.1:6443", "v1.34.4")
NODES = replace(BARE, nodes=(NODE,), dra_versions=("v1",))
WHOLE = replace(NODES, gateway=GATEWAY, operator=OPERATOR, compute_versions=("v1alpha1",))


STORAGE = StorageFound("standard", "example.com/folders")
CLAIMS = ("image", "volumeClaimTemplates")
ADMIN = {"api", "accounts", "simulated-nodes"}


def can(findings: Findings, *claims: str) -> set[str]:
    return {each for each, reason in decide(findings, claims).items() if reason is None}


def reason(capability: str, findings: Findings) -> str:
    told = decide(findings, ())[capability]
    assert told is not None
    return told


def changed_node(**changes: Any) -> Findings:
    return replace(WHOLE, nodes=(replace(NODE, **changes),))


def test_every_capability_is_decided() -> None:
    assert set(decide(BARE, ())) == CAPABILITIES


@pytest.mark.parametrize(
    ("findings", "capabilities"),
    [
        (BARE, ADMIN),
        (replace(BARE, no_accounts=("create secrets",)), ADMIN - {"accounts"}),
        (replace(BARE, no_simulated=("create nodes",)), ADMIN - {"simulated-nodes"}),
        (replace(BARE, compute_versions=("v1alpha1",)), ADMIN | {"skytorch-api"}),
        (NODES, ADMIN | {"nodes", "device-plugins", "dra"}),
        (
            WHOLE,
            {
                *(*ADMIN, "nodes", "device-plugins", "dra"),
                *("gateway", "skytorch", "skytorch-api", "skytorch-0-2"),
            },
        ),
    ],
)
def test_what_a_cluster_has_decides(findings: Findings, capabilities: set[str]) -> None:
    assert can(findings) == capabilities


def test_computes_have_volumes_where_claims_are_in_their_spec_and_something_makes_volumes() -> None:
    assert "skytorch-volumes" in can(replace(WHOLE, compute_fields=CLAIMS, storage=STORAGE))


def test_only_a_provider_can_tell_that_nodes_can_be_stopped() -> None:
    assert "node-faults" in can(NODES, "node-faults")
    assert "gpu" not in can(NODES, "gpu")


def test_several_nodes_count_when_pods_go_to_them() -> None:
    other = replace(NODE, name="two")
    assert "multi-node" in can(replace(NODES, nodes=(NODE, other)))
    for unusable in (replace(other, ready=False), replace(other, takes_pods=False)):
        assert "multi-node" not in can(replace(NODES, nodes=(NODE, unusable)))
        assert "only node one takes pods" in reason(
            "multi-node", replace(NODES, nodes=(NODE, unusable))
        )


@pytest.mark.parametrize(
    ("capability", "findings", "told"),
    [
        ("nodes", BARE, "it has no nodes"),
        ("nodes", changed_node(ready=False), "none of its 1 nodes is Ready"),
        ("skytorch", changed_node(takes_pods=False), "none of its 1 nodes is Ready"),
        ("dra", replace(WHOLE, dra_versions=("v1beta1",)), "v1beta1 is served"),
        ("skytorch-api", BARE, "does not serve compute.skytorch.dev/v1alpha1"),
        ("skytorch", replace(WHOLE, compute_versions=()), "does not serve compute.skytorch.dev"),
        ("skytorch", replace(WHOLE, nodes=(), operator=None), "it has no nodes"),
        ("skytorch", replace(WHOLE, operator=None), "no Deployment skytorch-system/skytorch-op"),
        (
            "skytorch",
            replace(WHOLE, operator=replace(OPERATOR, available=0)),
            "none of the 1 pods of Deployment skytorch-system/skytorch-operator is available",
        ),
        ("skytorch", replace(WHOLE, gateway=None), "no Gateway skytorch-system/skytorch-gateway"),
        (
            "gateway",
            replace(WHOLE, gateway=replace(GATEWAY, programmed=False, told="no class")),
            "is not programmed: no class",
        ),
        ("skytorch-0-2", replace(WHOLE, sdk="0.1.0"), "came with SkyTorch 0.2.0; here is 0.1.0"),
        ("skytorch-0-2", BARE, "does not serve compute.skytorch"),
        ("skytorch-volumes", replace(WHOLE, storage=STORAGE), "no volumeClaimTemplates"),
        ("skytorch-volumes", replace(WHOLE, compute_fields=CLAIMS), "no default StorageClass"),
        ("skytorch-volumes", replace(BARE, storage=STORAGE), "does not serve compute.skytorch"),
        ("gpu", WHOLE, "none of its nodes has a device"),
        ("hami", WHOLE, "no webhook of HAMi's"),
        ("helm", WHOLE, "MAIDENHAIR_TOOL_HELM"),
        ("nodes", replace(BARE, unseen={"nodes": "forbidden"}), "may not be looked at: forbidden"),
    ],
)
def test_what_is_lacking_is_told_with_the_reason(
    capability: str, findings: Findings, told: str
) -> None:
    assert told in reason(capability, findings)


def test_hami_is_there_when_its_webhook_is_also_without_devices() -> None:
    assert "hami" in can(replace(WHOLE, hami=HamiFound("w", "s")))


def test_resources_of_device_plugins_are_told_from_kubernetes_own() -> None:
    allocatable = {
        "cpu": "2",
        "memory": "8Gi",
        "hugepages-2Mi": "0",
        "attachable-volumes.kubernetes.io/csi": "20",
        "nvidia.com/gpu": "4",
        "example.com/widget": "1",
    }
    assert device_resources(allocatable) == {"nvidia.com/gpu": 4, "example.com/widget": 1}


@pytest.mark.parametrize(
    ("resource", "vendor", "device"),
    [
        ("nvidia.com/gpu", "NVIDIA", True),
        ("nvidia.com/mig-1g.5gb", "NVIDIA", True),
        ("nvidia.com/gpumem", "NVIDIA", False),
        ("nvidia.com/gpucores", "NVIDIA", False),
        ("cambricon.com/vmlu", "Cambricon", True),
        ("cambricon.com/mlu.smlu.vmemory", "Cambricon", False),
        ("hygon.com/dcunum", "Hygon", True),
        ("hygon.com/dcumem", "Hygon", False),
        ("metax-tech.com/sgpu", "MetaX", True),
        ("metax-tech.com/vcore", "MetaX", False),
        ("enflame.com/drs-gcu", "Enflame", True),
        ("enflame.com/gcu-memory", "Enflame", False),
        ("kunlunxin.com/vxpu", "Kunlunxin", True),
        ("kunlunxin.com/vxpu-memory", "Kunlunxin", False),
        ("huawei.com/Ascend910B4-1", "Ascend", True),
        ("huawei.com/Ascend910B4-memory", "Ascend", False),
        ("huawei.com/Ascend310P", "Ascend", True),
        ("example.com/widget", "example.com", False),
    ],
)
def test_devices_are_told_by_vendor(resource: str, vendor: str, device: bool) -> None:
    assert (vendor_of(resource), is_device(resource)) == (vendor, device)


def test_a_device_is_a_gpu_only_where_one_is_left() -> None:
    assert "gpu" in can(changed_node(devices={"nvidia.com/gpu": 2}))
    assert "gpu" not in can(changed_node(devices={"nvidia.com/gpu": 0}))
    assert "gpu" not in can(changed_node(devices={"example.com/widget": 2}))
    # A node that another run simulates: no container ever gets a device there.
    assert "gpu" not in can(changed_node(devices={"nvidia.com/gpu": 2}, runtime=""))


def test_the_report_is_told_in_aligned_lines() -> None:
    nodes = (replace(NODE, devices={"nvidia.com/gpu": 2}, hami=("nvidia",)), NODE)
    findings = replace(
        WHOLE,
        user="ada",
        nodes=nodes,
        hami=HamiFound("hami-webhook (vgpu.hami.io)", "hami/hami-scheduler"),
        storage=StorageFound("standard", "local-path"),
        device_classes=("gpu.example.com",),
        missing=("list nodes, to see the nodes",),
    )
    lacking = {"gpu": "so"}
    access = Access("ada", RUN_RIGHTS[:1], False)
    told = Report(findings, access, frozenset({"nodes", "api"}), lacking).told("dev")
    assert told.splitlines() == [
        "Cluster 'dev' at https://10.0.0.1:6443",
        "  Kubernetes  v1.34.4, as ada",
        "  nodes       2 of 2 Ready, 2 take pods: containerd://2.0.0, kubelet v1.34.4",
        "  gateway     skytorch-system/skytorch-gateway of class contour (projectcontour.io): programmed, 10.1.2.3",
        "  SkyTorch    Compute v1alpha1; operator operator:1, 1 of 1 available",
        "  devices     NVIDIA: nvidia.com/gpu 2",
        "  DRA         resource.k8s.io v1; DeviceClasses: gpu.example.com",
        "  HAMi        webhook hami-webhook (vgpu.hami.io) at hami/hami-scheduler; devices on one (nvidia)",
        "  storage     standard (local-path)",
        "  helm        none",
        "  rights      1 missing",
        "              may not list nodes, to see the nodes",
        "  can         api, nodes",
        "  lacks       gpu",
    ]


def test_what_may_not_be_looked_at_is_not_told_as_absent() -> None:
    unseen = {"nodes": "no", "the Gateway": "no", "the operator": "no", "HAMi": "no"}
    findings = replace(BARE, unseen=unseen)
    told = Report(findings, Access("", (), True), frozenset({"api"}), {}).told("dev")
    assert told.count("may not be looked at") == 4
    assert "all that specs need, its own in each spec's namespace" in told


def test_the_report_is_what_json_has() -> None:
    report = Report(WHOLE, Access("ada", (), False), frozenset({"api"}), {"gpu": "so"})
    read = json.loads(json.dumps(report.as_json()))
    assert read["capabilities"] == ["api"]
    assert read["lacking"] == {"gpu": "so"}
    assert read["findings"]["nodes"][0]["kubelet"] == "v1.34.4"
    assert read["findings"]["gateway"]["addresses"] == ["10.1.2.3"]

"""The discovery of devices, the capabilities that follow, and their lines in the report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from maidenhair.kube.rbac.permissions import permissions_for
from maidenhair.systems.capability import Findings
from maidenhair.systems.devices.discovery import (
    CAPABILITIES,
    DevicesFindings,
    HamiFound,
    describe,
    look_for_devices,
)
from maidenhair.systems.devices.flaws import FLAWS
from maidenhair.systems.devices.resources import device_resources, is_device, vendor_of
from maidenhair.systems.flaw import FLAW_TAG
from tests.unit.findings import (
    BARE,
    NODE,
    NODES,
    can,
    reason,
    with_system,
    without_permissions,
)

NAMES = {each.name for each in CAPABILITIES}
HAMI = HamiFound("hami-webhook (vgpu.hami.io)", "hami/hami-scheduler", {"one": ("nvidia",)})
NO_SIMULATED = permissions_for("create", "", "nodes", "simulate nodes")
DRA = {"dra_versions": ("v1",)}


def found(findings: Findings = NODES, **of_devices: Any) -> Findings:
    return with_system(findings, "devices", DevicesFindings(**of_devices))


def has(findings: Findings) -> set[str]:
    return can(findings, CAPABILITIES) & NAMES


def lacks(capability: str, findings: Findings) -> str:
    return reason(capability, findings, CAPABILITIES)


def made(findings: Findings, *claims: str) -> Findings:
    return replace(findings, owned=True, claims=frozenset(claims))


@pytest.mark.parametrize(
    ("findings", "capabilities"),
    [
        (found(BARE), {"simulated-nodes"}),
        (without_permissions(found(BARE), "simulated-nodes", *NO_SIMULATED), set()),
        (found(**DRA), {"simulated-nodes", "device-plugins", "dra"}),
        (
            made(found(**DRA), "nodes"),
            {"simulated-nodes", "simulated-devices", "device-plugins", "dra"},
        ),
    ],
)
def test_capabilities_follow_from_the_findings(findings: Findings, capabilities: set[str]) -> None:
    assert has(findings) == capabilities


def test_no_provider_can_claim_devices() -> None:
    assert "gpu" not in has(replace(found(), claims=frozenset({"gpu"})))


@pytest.mark.parametrize(
    ("capability", "findings", "text"),
    [
        ("dra", found(dra_versions=("v1beta1",)), "the API serves v1beta1 of that group"),
        ("dra", found(), "the API serves no version of that group"),
        ("dra", found(BARE, **DRA), "it has no nodes"),
        ("device-plugins", found(BARE), "it has no nodes"),
        ("gpu", found(), "none of its nodes has an allocatable device"),
        (
            "gpu",
            found(replace(BARE, unseen={"nodes": "forbidden"})),
            "the account may not read nodes: forbidden",
        ),
        ("hami", found(), "no webhook of HAMi"),
        ("hami", found(replace(NODES, unseen={"HAMi": "no"})), "the account may not read HAMi: no"),
        (
            "simulated-nodes",
            without_permissions(found(), "simulated-nodes", *NO_SIMULATED),
            "the run's account may not create nodes, to simulate nodes",
        ),
        ("simulated-devices", found(), "its nodes lack the images of simulated devices"),
        ("simulated-devices", made(found()), "its nodes lack the images of simulated devices"),
        ("simulated-devices", made(found(BARE), "nodes"), "it has no nodes"),
    ],
)
def test_a_missing_capability_is_reported_with_the_reason(
    capability: str, findings: Findings, text: str
) -> None:
    assert text in lacks(capability, findings)


def test_hami_needs_only_its_webhook_and_no_devices() -> None:
    assert "hami" in has(found(hami=HamiFound("w", "s")))


def test_a_second_release_of_hami_needs_a_cluster_of_maidenhair_helm_and_hami() -> None:
    helm = replace(NODES, helm="/bin/helm")
    assert "hami-chart" in has(made(found(helm, hami=HAMI), "nodes"))
    no_images = "its nodes lack the images of HAMi's chart"
    assert no_images in lacks("hami-chart", found(helm, hami=HAMI))
    assert no_images in lacks("hami-chart", made(found(helm, hami=HAMI)))
    assert "MAIDENHAIR_TOOL_HELM" in lacks("hami-chart", made(found(hami=HAMI), "nodes"))
    assert "no webhook of HAMi" in lacks("hami-chart", made(found(helm), "nodes"))


def test_resources_of_kubernetes_itself_are_no_device_resources() -> None:
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
def test_a_resource_has_a_vendor_and_may_count_devices(
    resource: str, vendor: str, device: bool
) -> None:
    assert (vendor_of(resource), is_device(resource)) == (vendor, device)


class FakeLook:
    """A cluster with some nodes and HAMi's webhook, whose Deployment helm has installed from a chart."""

    def __init__(self, *nodes: dict[str, Any], chart: str = "hami-standin-2.10.0") -> None:
        self.nodes = nodes
        self.chart = chart
        self.kube: Any = self
        self.discovery = self

    def group_versions(self, group: str) -> tuple[str, ...]:
        return ()

    def list(self, api_version: str, kind: str) -> list[dict[str, Any]]:
        if kind != "MutatingWebhookConfiguration":
            return []
        service = {"namespace": "hami-system", "name": "hami-scheduler"}
        webhook = {"name": "vgpu.hami.io", "clientConfig": {"service": service}}
        return [{"metadata": {"name": "hami"}, "webhooks": [webhook]}]

    def get(self, api_version: str, kind: str, name: str, namespace: str) -> dict[str, Any] | None:
        labels = {"helm.sh/chart": self.chart}
        is_found = (kind, name, namespace) == ("Deployment", "hami-scheduler", "hami-system")
        return {"metadata": {"labels": labels}} if is_found and self.chart else None

    def ask(self, what: str, question: Any, otherwise: Any) -> Any:
        return question(self)


def node(
    name: str, runtime: str = "containerd://2.0.0", annotations: Any = None, **allocatable: str
) -> dict[str, Any]:
    resources = {key.replace("__", "/").replace("_", "."): n for key, n in allocatable.items()}
    status = {"allocatable": resources, "nodeInfo": {"containerRuntimeVersion": runtime}}
    return {"metadata": {"name": name, "annotations": annotations or {}}, "status": status}


def test_a_gpu_needs_an_allocatable_device_on_a_node_that_runs_containers() -> None:
    def with_node(**changes: Any) -> Findings:
        return with_system(NODES, "devices", look_for_devices(FakeLook(node("one", **changes))))

    assert "gpu" in has(with_node(nvidia_com__gpu="2"))
    assert "gpu" not in has(with_node(nvidia_com__gpu="0"))
    assert "gpu" not in has(with_node(example_com__widget="2"))
    # A node that another run simulates runs no containers.
    assert "gpu" not in has(with_node(nvidia_com__gpu="2", runtime=""))


def test_devices_are_counted_on_all_nodes_and_registered_vendors_belong_to_hami() -> None:
    register = {"hami.io/node-nvidia-register": "GPU-1,10,…:", "hami.io/node-dcu-register": ""}
    both = (
        node("one", annotations=register, nvidia_com__gpu="2"),
        node("two", nvidia_com__gpu="1"),
    )
    seen = look_for_devices(FakeLook(*both))

    assert seen.resources == {"nvidia.com/gpu": 3}
    assert seen.hami == HamiFound(
        "hami (vgpu.hami.io)", "hami-system/hami-scheduler", {"one": ("nvidia",)}
    )


@pytest.mark.parametrize(
    ("chart", "version"),
    [("hami-2.10.0", "2.10.0"), ("hami-standin-2.10.0", None), ("other-2.10.0", None), ("", None)],
)
def test_the_version_of_hami_is_that_of_its_chart(chart: str, version: str | None) -> None:
    hami = look_for_devices(FakeLook(node("one"), chart=chart)).hami
    assert hami is not None
    assert hami.version == version


def test_the_flaws_of_a_version_are_those_of_no_other() -> None:
    def flaws(version: str | None) -> set[str]:
        findings = found(hami=replace(HAMI, version=version))
        return {each.tag for each in FLAWS if each.found_in(findings)}

    assert "hami.flaw.late-cordon" in flaws("2.10.0")
    assert flaws("2.11.0") == flaws(None) == set()
    assert all(FLAW_TAG.fullmatch(each.tag) for each in FLAWS)


def test_the_report_has_lines_about_devices_dra_and_hami() -> None:
    findings = found(
        replace(NODES, nodes=(NODE,)),
        resources={"nvidia.com/gpu": 2},
        device_classes=("gpu.example.com",),
        hami=HAMI,
        **DRA,
    )
    assert list(describe(findings)) == [
        ("devices", "NVIDIA: nvidia.com/gpu 2"),
        ("DRA", "resource.k8s.io v1; DeviceClasses: gpu.example.com"),
        (
            "HAMi",
            "webhook hami-webhook (vgpu.hami.io) at hami/hami-scheduler; devices on one (nvidia)",
        ),
    ]


def test_what_is_not_there_and_what_may_not_be_looked_at_are_reported_apart() -> None:
    assert dict(describe(found())) == {"devices": "none", "DRA": "none", "HAMi": "none"}
    hidden = found(replace(NODES, unseen={"HAMi": "no", "DeviceClasses": "no"}), **DRA)
    assert dict(describe(hidden)) == {
        "devices": "none",
        "DRA": "resource.k8s.io v1; DeviceClasses: no permission to read",
        "HAMi": "no permission to read",
    }

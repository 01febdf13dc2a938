"""The capabilities of SkyTorch that follow from findings about a cluster, and the report on them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from maidenhair.discovery import Report
from maidenhair.kube.rbac.access_review import Access
from maidenhair.systems.capability import Findings, StorageFound
from maidenhair.systems.skytorch.discovery import (
    CAPABILITIES,
    GatewayFound,
    OperatorFound,
    SkyTorchFindings,
    describe,
)
from tests.unit.findings import BARE, NODE, NODES, can, reason, with_system

NAMES = {each.name for each in CAPABILITIES}
GATEWAY = GatewayFound(
    "skytorch-system/skytorch-gateway", "contour", "projectcontour.io", True, "", ("10.1.2.3",)
)
OPERATOR = OperatorFound("skytorch-system/skytorch-operator", "operator:1", 1, 1)
STORAGE = StorageFound("standard", "example.com/folders")
CLAIMS = ("image", "volumeClaimTemplates")
EVERYTHING: dict[str, Any] = {
    "gateway": GATEWAY,
    "operator": OPERATOR,
    "compute_versions": ("v1alpha1",),
}


def found(findings: Findings = NODES, **of_skytorch: Any) -> Findings:
    return with_system(findings, "skytorch", SkyTorchFindings(**of_skytorch))


def whole(findings: Findings = NODES, **changes: Any) -> Findings:
    return found(findings, **{**EVERYTHING, **changes})


def has(findings: Findings) -> set[str]:
    return can(findings, CAPABILITIES) & NAMES


@pytest.mark.parametrize(
    ("findings", "capabilities"),
    [
        (found(BARE), set()),
        (found(BARE, compute_versions=("v1alpha1",)), {"skytorch-api"}),
        (found(), set()),
        (
            whole(),
            {
                "admission-policies",
                "gateway",
                "skytorch",
                "skytorch-api",
                "skytorch-0-2",
                "skytorch-own-variables",
            },
        ),
    ],
)
def test_the_findings_decide_the_capabilities(findings: Findings, capabilities: set[str]) -> None:
    assert has(findings) == capabilities


def test_computes_have_volumes_if_their_spec_has_claims_and_the_cluster_has_storage() -> None:
    with_storage = replace(NODES, storage=STORAGE)
    assert "skytorch-volumes" in has(whole(with_storage, compute_fields=CLAIMS))


@pytest.mark.parametrize(
    ("capability", "findings", "text"),
    [
        (
            "skytorch",
            whole(replace(NODES, nodes=(replace(NODE, takes_pods=False),))),
            "none of its 1 nodes is Ready",
        ),
        ("skytorch-api", found(BARE), "does not serve compute.skytorch.dev/v1alpha1"),
        ("skytorch", whole(compute_versions=()), "does not serve compute.skytorch.dev"),
        ("skytorch", whole(BARE, operator=None), "it has no nodes"),
        ("skytorch", whole(operator=None), "no Deployment skytorch-system/skytorch-op"),
        (
            "skytorch",
            whole(operator=replace(OPERATOR, available=0)),
            "none of the 1 pods of Deployment skytorch-system/skytorch-operator is available",
        ),
        ("skytorch", whole(gateway=None), "no Gateway skytorch-system/skytorch-gateway"),
        (
            "gateway",
            whole(gateway=replace(GATEWAY, programmed=False, reason="no class")),
            "is not programmed: no class",
        ),
        ("skytorch-0-2", whole(sdk="0.1.0"), "need SkyTorch 0.2.0 or later; the SDK is 0.1.0"),
        ("skytorch-0-2", found(BARE), "does not serve compute.skytorch"),
        (
            "skytorch-volumes",
            whole(replace(NODES, storage=STORAGE)),
            "have no field volumeClaimTemplates",
        ),
        ("skytorch-volumes", whole(compute_fields=CLAIMS), "no default StorageClass"),
        (
            "skytorch-volumes",
            found(replace(BARE, storage=STORAGE)),
            "does not serve compute.skytorch",
        ),
        (
            "gateway",
            found(replace(NODES, unseen={"the Gateway": "forbidden"})),
            "the account may not read the Gateway: forbidden",
        ),
        (
            "skytorch",
            whole(replace(NODES, unseen={"the operator": "forbidden"}), operator=None),
            "the account may not read the operator: forbidden",
        ),
    ],
)
def test_a_missing_capability_has_a_reason(capability: str, findings: Findings, text: str) -> None:
    assert text in reason(capability, findings, CAPABILITIES)


def test_the_report_has_lines_on_the_gateway_and_the_operator() -> None:
    assert list(describe(whole())) == [
        (
            "gateway",
            "skytorch-system/skytorch-gateway of class contour (projectcontour.io): programmed, 10.1.2.3",
        ),
        ("SkyTorch", "Compute v1alpha1; operator operator:1, 1 of 1 available"),
    ]


def test_findings_are_in_the_json_report() -> None:
    report = Report(whole(), frozenset({"skytorch"}), {})
    read = json.loads(json.dumps(report.as_json()))["findings"]["systems"]["skytorch"]
    assert read["gateway"]["addresses"] == ["10.1.2.3"]
    assert read["compute_versions"] == ["v1alpha1"]


def test_the_report_distinguishes_missing_from_forbidden() -> None:
    assert dict(describe(found())) == {
        "gateway": "none",
        "SkyTorch": "no Compute API; operator: none",
    }
    hidden = replace(NODES, unseen={"the Gateway": "no", "the operator": "no"})
    assert dict(describe(found(hidden))) == {
        "gateway": "no permission to read",
        "SkyTorch": "no Compute API; operator: no permission to read",
    }


SHARED = replace(BARE, access=Access("", (), False, shared_namespace="team"))


def test_in_a_shared_namespace_a_trial_decides_whether_computes_can_be_used() -> None:
    served = found(SHARED, compute_versions=("v1alpha1",))
    assert has(served) == {"gateway", "skytorch", "skytorch-0-2", "skytorch-api"}
    assert "CustomResourceDefinition" in reason("skytorch", found(SHARED), CAPABILITIES)

"""The capabilities that follow from the findings about a cluster, and the report of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from maidenhair.discovery import CAPABILITIES, Report, decide, discover
from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.kube.rbac.access_review import Access, creates_namespaces
from maidenhair.kube.rbac.permissions import RUN_PERMISSIONS, permissions_for
from maidenhair.systems.capability import Capability, Findings, Look, StorageFound
from maidenhair.systems.system import System
from tests.unit.findings import BARE, NODE, NODES, can, reason, without_permissions

ADMIN = {"api", "accounts", "own-namespaces"}
NO_ACCOUNTS = permissions_for("create", "", "secrets", "create accounts")


def changed_node(**changes: Any) -> Findings:
    return replace(NODES, nodes=(replace(NODE, **changes),))


def test_every_capability_is_decided() -> None:
    assert list(decide(BARE, CAPABILITIES)) == [each.name for each in CAPABILITIES]


def test_every_capability_has_a_sentence_and_a_name_for_tags() -> None:
    for each in CAPABILITIES:
        assert each.meaning[0].isupper()
        assert each.meaning.endswith(".")
        assert each.name.replace("-", "").isalnum()
        assert each.name.islower()


@pytest.mark.parametrize(
    ("findings", "capabilities"),
    [
        (BARE, ADMIN),
        (without_permissions(BARE, "accounts", *NO_ACCOUNTS), ADMIN - {"accounts"}),
        (NODES, ADMIN | {"nodes"}),
        (replace(NODES, helm="/bin/helm"), ADMIN | {"nodes", "helm"}),
    ],
)
def test_capabilities_follow_from_the_contents_of_the_cluster(
    findings: Findings, capabilities: set[str]
) -> None:
    assert can(findings) == capabilities


def test_only_a_provider_knows_that_nodes_can_be_stopped() -> None:
    assert "node-faults" in can(replace(NODES, claims=frozenset({"node-faults"})))
    assert "multi-node" not in can(replace(NODES, claims=frozenset({"multi-node"})))


def test_several_nodes_count_when_pods_go_to_them() -> None:
    other = replace(NODE, name="two")
    assert "multi-node" in can(replace(NODES, nodes=(NODE, other)))
    for unusable in (replace(other, ready=False), replace(other, takes_pods=False)):
        findings = replace(NODES, nodes=(NODE, unusable))
        assert "multi-node" not in can(findings)
        assert "only node one accepts pods" in reason("multi-node", findings)


@pytest.mark.parametrize(
    ("capability", "findings", "text"),
    [
        (
            "accounts",
            without_permissions(BARE, "accounts", *NO_ACCOUNTS),
            "the run's account may not create secrets, which creating accounts needs",
        ),
        ("nodes", BARE, "it has no nodes"),
        ("nodes", changed_node(ready=False), "none of its 1 nodes is Ready"),
        ("nodes", changed_node(takes_pods=False), "none of its 1 nodes is Ready"),
        ("multi-node", BARE, "it has no nodes"),
        ("node-faults", NODES, "its provider cannot stop nodes"),
        ("helm", NODES, "MAIDENHAIR_TOOL_HELM"),
        (
            "nodes",
            replace(BARE, unseen={"nodes": "forbidden"}),
            "the account may not read nodes: forbidden",
        ),
    ],
)
def test_a_missing_capability_is_reported_with_the_reason(
    capability: str, findings: Findings, text: str
) -> None:
    assert text in reason(capability, findings)


def test_the_report_is_aligned_lines_with_those_of_systems_among_them() -> None:
    access = Access("ada", RUN_PERMISSIONS[:1], False)
    findings = replace(
        NODES,
        access=access,
        nodes=(NODE, replace(NODE, name="two")),
        storage=StorageFound("standard", "local-path"),
    )
    lines = (("widgets", "two kinds"), ("gears and wheels", "none"))
    report = Report(findings, frozenset({"nodes", "api"}), {"gpu": "so"}, lines)
    assert report.text("dev").splitlines() == [
        "Cluster 'dev' at https://10.0.0.1:6443",
        "  Kubernetes        v1.34.4, as ada",
        "  nodes             2 of 2 Ready, 2 accept pods: containerd://2.0.0, kubelet v1.34.4",
        "  widgets           two kinds",
        "  gears and wheels  none",
        "  storage           standard (local-path)",
        "  helm              none",
        "  permissions       1 missing",
        "                    may not get namespaces, to create a namespace for each spec",
        "  can               api, nodes",
        "  lacks             gpu",
    ]


def test_objects_that_may_not_be_read_are_not_reported_as_absent() -> None:
    findings = replace(
        BARE, access=Access("", (), True), unseen={"nodes": "no", "StorageClasses": "no"}
    )
    text = Report(findings, frozenset({"api"}), {}).text("dev")
    assert text.count("no permission to read") == 2
    assert "all that specs need, its own in each spec's namespace" in text


def test_the_report_is_the_same_as_json() -> None:
    findings = replace(NODES, claims=frozenset({"nodes"}), systems={"widgets": {"kinds": ("a",)}})
    report = Report(findings, frozenset({"api"}), {"gpu": "so"})
    read = json.loads(json.dumps(report.as_json()))
    assert read["capabilities"] == ["api"]
    assert read["lacking"] == {"gpu": "so"}
    assert read["findings"]["nodes"][0]["kubelet"] == "v1.34.4"
    assert read["findings"]["claims"] == ["nodes"]
    assert read["findings"]["systems"]["widgets"]["kinds"] == ["a"]


class FakeApi:
    """The part of an API that discovery uses: every permission, and one node.

    Args:
        refused: the kinds that may not be listed.
        status: the status of the refusal.
    """

    knowledge = None

    def __init__(self, *refused: str, status: int = 403) -> None:
        self._refused = refused
        self._status = status
        self.discovery = self
        self.server = "https://10.0.0.1:6443"
        self.reviews: list[Object] = []

    def version(self) -> str:
        return "v1.34.4"

    def create(self, review: Object) -> Object:
        self.reviews.append(review)
        return {"status": {"allowed": True, "userInfo": {"username": "ada"}}}

    def list(self, _: str, kind: str) -> Sequence[Object]:
        if kind in self._refused:
            raise ApiRefused(f"GET /{kind}", self._status, "", f"no {kind} for you")
        ready = {"conditions": [{"type": "Ready", "status": "True"}]}
        info = {"containerRuntimeVersion": "containerd://2.0.0", "kubeletVersion": "v1.34.4"}
        node = {"metadata": {"name": "one"}, "status": {**ready, "nodeInfo": info}}
        return [node] if kind == "Node" else []


class Widgets(System):
    """A system that serves widgets if the API lists them."""

    name = "widgets"

    def look(self, look: Look) -> int:
        return len(look.nodes) + look.ask("widgets", lambda kube: len(kube.list("v1", "W")), -1)

    def capabilities(self) -> Sequence[Capability]:
        return [Capability("widgets", "There are widgets.", self._missing)]

    def describe(self, findings: Findings) -> Sequence[tuple[str, str]]:
        return [("widgets", str(findings.of("widgets", int)))]

    def _missing(self, findings: Findings) -> str | None:
        return findings.why_unseen("widgets")


def test_findings_of_active_systems_are_in_the_report() -> None:
    report = discover(cast(Kube, FakeApi()), [Widgets()])

    assert report.findings.of("widgets", int) == 1
    assert report.capabilities == ADMIN | {"nodes", "widgets"}
    assert report.lines == (("widgets", "1"),)


def test_objects_that_a_system_may_not_read_are_noted_and_are_a_reason() -> None:
    report = discover(cast(Kube, FakeApi("W")), [Widgets()])

    assert report.findings.of("widgets", int) == 0
    assert report.findings.unseen == {"widgets": "no W for you"}
    assert report.lacking["widgets"] == "the account may not read widgets: no W for you"


def test_a_kind_that_is_not_served_is_not_there() -> None:
    report = discover(cast(Kube, FakeApi("W", status=404)), [Widgets()])

    assert report.findings.unseen == {}
    assert "widgets" in report.capabilities


def test_an_api_that_fails_is_an_error_of_discovery() -> None:
    with pytest.raises(ApiRefused, match="no W for you"):
        discover(cast(Kube, FakeApi("W", status=500)), [Widgets()])


def test_without_systems_the_report_is_the_frameworks_alone() -> None:
    report = discover(cast(Kube, FakeApi()))

    assert report.findings.systems == {}
    assert report.capabilities | set(report.lacking) == {each.name for each in CAPABILITIES}
    assert report.lines == ()


def test_an_account_that_may_not_create_namespaces_has_none_of_its_own() -> None:
    [refused] = filter(creates_namespaces, RUN_PERMISSIONS)
    findings = replace(BARE, access=Access("", (refused,), False))
    assert reason("own-namespaces", findings) == "the run's account may not create namespaces"


def test_the_report_names_the_namespace_that_specs_share() -> None:
    findings = replace(BARE, access=Access("", (), False, shared_namespace="team"))
    text = Report(findings, frozenset(), {}).text("c")
    assert "0 missing" not in text
    assert "specs share Namespace team" in text

"""Objects for tests of capabilities: a node, a cluster that has nothing, and the findings of a list of capabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from maidenhair.discovery import CAPABILITIES, decide
from maidenhair.kube.rbac.access_review import Access
from maidenhair.kube.rbac.permissions import Permission
from maidenhair.systems.capability import Capability, Findings, NodeFound

NODE = NodeFound("one", True, True, "v1.34.4", "containerd://2.0.0")
BARE = Findings("https://10.0.0.1:6443", "v1.34.4", Access("", (), False))
NODES = replace(BARE, nodes=(NODE,))


def with_system(findings: Findings, name: str, found: Any) -> Findings:
    """Return findings with those of one system."""
    return replace(findings, systems={**findings.systems, name: found})


def without_permissions(findings: Findings, group: str, *rights: Permission) -> Findings:
    """Return findings of an account that lacks optional permissions."""
    return replace(findings, access=replace(findings.access, missing_optional={group: rights}))


def can(findings: Findings, system: Sequence[Capability] = ()) -> set[str]:
    """Return the names of the capabilities, the framework's and a system's, that a cluster has."""
    reasons = decide(findings, [*CAPABILITIES, *system])
    return {each for each, reason in reasons.items() if reason is None}


def reason(capability: str, findings: Findings, system: Sequence[Capability] = ()) -> str:
    """Return the reason why a cluster lacks a capability. Fail if it has the capability."""
    found = decide(findings, [*CAPABILITIES, *system])[capability]
    assert found is not None
    return found

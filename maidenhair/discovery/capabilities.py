"""The capabilities of the framework, and the decision which capabilities a cluster has. No requests."""

from __future__ import annotations

from collections.abc import Sequence

from maidenhair.kube.rbac.access_review import creates_namespaces
from maidenhair.systems.capability import Capability, Findings


def decide(findings: Findings, capabilities: Sequence[Capability]) -> dict[str, str | None]:
    """Decide which capabilities a cluster has. Return, by name, None or the reason why it lacks one.

    Args:
        findings: the facts about the cluster.
        capabilities: those of the framework and of the active systems.
    """
    return {each.name: each.missing(findings) for each in capabilities}


def _accounts(findings: Findings) -> str | None:
    missing = findings.missing_permission("accounts")
    return f"{missing}, which creating accounts needs" if missing else None


def _own_namespaces(findings: Findings) -> str | None:
    refused = next(filter(creates_namespaces, findings.access.missing), None)
    return f"the run's account may not {refused}" if refused else None


def _multi_node(findings: Findings) -> str | None:
    if len(findings.usable_nodes) > 1:
        return None
    return findings.missing_nodes() or f"only node {findings.usable_nodes[0].name} accepts pods"


def _node_faults(findings: Findings) -> str | None:
    return None if "node-faults" in findings.claims else "its provider cannot stop nodes"


CAPABILITIES = (
    Capability("api", "The Kubernetes API answers.", lambda findings: None),
    Capability("accounts", "Specs can create accounts with their own permissions.", _accounts),
    Capability("own-namespaces", "Each spec gets a namespace of its own.", _own_namespaces),
    Capability("nodes", "At least one node runs pods.", Findings.missing_nodes),
    Capability("multi-node", "At least two nodes run pods.", _multi_node),
    Capability("node-faults", "Nodes can be stopped, paused and restarted.", _node_faults),
    Capability("helm", "Helm charts can be installed.", Findings.missing_helm),
)
"""The capabilities that do not depend on the active systems."""

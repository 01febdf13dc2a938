"""The framework's own capabilities, and the decision which of all capabilities a cluster has; no requests."""

from __future__ import annotations

from collections.abc import Sequence

from maidenhair.systems.capability import Capability, Findings


def decide(findings: Findings, capabilities: Sequence[Capability]) -> dict[str, str | None]:
    """Return for every capability None if the cluster has it, else why it lacks it.

    Args:
        findings: what was found out about the cluster.
        capabilities: the framework's and those of the active systems.
    """
    return {each.name: each.missing(findings) for each in capabilities}


def _accounts(findings: Findings) -> str | None:
    missing = findings.missing_permission("accounts")
    return f"{missing}, to make others" if missing else None


def _multi_node(findings: Findings) -> str | None:
    if len(findings.usable_nodes) > 1:
        return None
    return findings.missing_nodes() or f"only node {findings.usable_nodes[0].name} takes pods"


def _node_faults(findings: Findings) -> str | None:
    return None if "node-faults" in findings.claims else "nothing here can stop its nodes"


def _helm(findings: Findings) -> str | None:
    if findings.helm is None:
        return "there is no helm on this machine: install it, or name it by MAIDENHAIR_TOOL_HELM"
    return None


CAPABILITIES = (
    Capability("api", "The Kubernetes API answers.", lambda findings: None),
    Capability("accounts", "Specs can make accounts with permissions of their own.", _accounts),
    Capability("nodes", "At least one node runs pods.", Findings.missing_nodes),
    Capability("multi-node", "At least two nodes run pods.", _multi_node),
    Capability("node-faults", "Nodes can be stopped, paused and restarted.", _node_faults),
    Capability("helm", "Charts can be installed with helm.", _helm),
)
"""What a cluster can do, whatever systems are active."""

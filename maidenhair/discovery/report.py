"""The report on a cluster: its facts and capabilities, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from maidenhair.discovery.capabilities import CAPABILITIES, decide
from maidenhair.discovery.probe import probe_cluster
from maidenhair.kube import Kube
from maidenhair.kube.rbac.access_review import Access, review_access
from maidenhair.kube.rbac.permissions import FRAMEWORK
from maidenhair.systems.capability import NONE, Findings
from maidenhair.systems.system import System


@dataclass(frozen=True)
class Report:
    """A cluster before a run.

    Attributes:
        findings: the facts about it.
        capabilities: its capabilities.
        lacking: every other capability, and why the cluster lacks it.
        lines: labels and texts from the active systems.
        flaws: the known flaws that the cluster has, by their tags, each with its meaning and the version that has it.
    """

    findings: Findings
    capabilities: frozenset[str]
    lacking: Mapping[str, str]
    lines: tuple[tuple[str, str], ...] = ()
    flaws: Mapping[str, str] = field(default_factory=dict)

    @property
    def access(self) -> Access:
        """The permissions of the run's account."""
        return self.findings.access

    def text(self, name: str) -> str:
        """Format the report as aligned lines. `name` is the name of the cluster."""
        found = self.findings
        rows = [
            ("Kubernetes", f"{found.version}, as {self.access.user or 'unknown'}"),
            ("nodes", _nodes(found)),
            *self.lines,
            ("storage", _storage(found)),
            ("helm", found.helm or NONE),
            ("permissions", self._permissions()),
            *(("", f"may not {right}, to {right.purpose}") for right in self.access.missing),
            ("can", ", ".join(sorted(self.capabilities))),
            ("lacks", ", ".join(sorted(self.lacking)) or "nothing"),
            *([("known flaws", ", ".join(sorted(self.flaws)))] if self.flaws else []),
        ]
        width = max(len(label) for label, _ in rows)
        lines = [f"  {label:{width}}  {text}" for label, text in rows]
        return "\n".join([f"Cluster {name!r} at {found.server}", *lines])

    def as_json(self) -> dict[str, Any]:
        """Return the report as values for JSON."""
        findings = asdict(self.findings) | {"claims": sorted(self.findings.claims)}
        return {
            "findings": findings,
            "capabilities": sorted(self.capabilities),
            "lacking": dict(sorted(self.lacking.items())),
            "flaws": dict(sorted(self.flaws.items())),
        }

    def _permissions(self) -> str:
        missing = len(self.access.missing)
        own = ", its own in each spec's namespace" if self.access.needs_binding else ""
        if self.access.shared_namespace is not None:
            own = f"; specs share Namespace {self.access.shared_namespace}"
        return f"{missing} missing{own}" if missing else f"all that specs need{own}"


def discover(
    kube: Kube,
    systems: Sequence[System] = (),
    claims: Collection[str] = (),
    owned: bool = False,
    helm: str | None = None,
) -> Report:
    """Probe a cluster and decide which capabilities it has.

    Args:
        kube: the client of its API.
        systems: the active systems.
        claims: the capabilities that the provider claims, because the API cannot show them.
        owned: whether maidenhair created the cluster.
        helm: the path of helm on this machine, or None.

    Raises:
        KubernetesError: the API did not respond, or refused for another reason than permissions.
    """
    access = review_access(kube, FRAMEWORK.merged(*(each.permissions() for each in systems)))
    findings = probe_cluster(kube, access, systems, claims, owned, helm)
    declared = [*CAPABILITIES, *(each for system in systems for each in system.capabilities())]
    reasons = decide(findings, declared)
    lacking = {each: reason for each, reason in reasons.items() if reason is not None}
    lines = tuple(line for system in systems for line in system.describe(findings))
    flaws = {
        each.tag: f"{each.meaning} ({version})"
        for system in systems
        for each in system.flaws()
        if (version := each.found_in(findings)) is not None
    }
    return Report(findings, frozenset(reasons) - frozenset(lacking), lacking, lines, flaws)


def _nodes(found: Findings) -> str:
    if not found.nodes:
        return found.absence("nodes")
    ready = sum(node.ready for node in found.nodes)
    kinds = Counter(
        f"{node.runtime or 'no runtime'}, kubelet {node.kubelet}" for node in found.nodes
    )
    text = "; ".join(kinds) if len(kinds) == 1 else _with_counts(kinds)
    return f"{ready} of {len(found.nodes)} Ready, {len(found.usable_nodes)} accept pods: {text}"


def _with_counts(kinds: Mapping[str, int]) -> str:
    return "; ".join(f"{count} of {kind}" for kind, count in kinds.items())


def _storage(found: Findings) -> str:
    if found.storage is None:
        return found.absence("StorageClasses")
    return f"{found.storage.name} ({found.storage.provisioner})"

"""A cluster's report: what was found out, what it can do, and both in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from maidenhair.discovery.capabilities import decide
from maidenhair.discovery.devices import vendor_of
from maidenhair.discovery.findings import Findings
from maidenhair.discovery.probe import look
from maidenhair.kube import Kube
from maidenhair.kube.rbac.access_review import Access, look_at_access
from maidenhair.kube.rbac.permissions import FRAMEWORK
from maidenhair.systems.devices import permissions as devices
from maidenhair.systems.skytorch import permissions as skytorch

NONE = "none"


@dataclass(frozen=True)
class Report:
    """What is known about a cluster before a run.

    Attributes:
        findings: what was found out.
        access: what the account of the run may do.
        capabilities: what the cluster can do.
        lacking: every other capability, and why the cluster lacks it.
    """

    findings: Findings
    access: Access
    capabilities: frozenset[str]
    lacking: Mapping[str, str]

    def told(self, name: str) -> str:
        """Return the report in words, aligned, as lines; `name` is the cluster's."""
        found = self.findings
        rows = [
            ("Kubernetes", f"{found.version}, as {found.user or 'unknown'}"),
            ("nodes", _nodes(found)),
            ("gateway", _gateway(found)),
            ("SkyTorch", _skytorch(found)),
            ("devices", _devices(found)),
            ("DRA", _dra(found)),
            ("HAMi", _hami(found)),
            ("storage", _storage(found)),
            ("helm", found.helm or NONE),
            ("rights", self._rights()),
            *(("", f"may not {each}") for each in found.missing),
            ("can", ", ".join(sorted(self.capabilities))),
            ("lacks", ", ".join(sorted(self.lacking)) or "nothing"),
        ]
        width = max(len(label) for label, _ in rows)
        lines = [f"  {label:{width}}  {text}" for label, text in rows]
        return "\n".join([f"Cluster {name!r} at {found.server}", *lines])

    def as_json(self) -> dict[str, Any]:
        """Return the report for programs, of what JSON has."""
        return {
            "findings": asdict(self.findings),
            "capabilities": sorted(self.capabilities),
            "lacking": dict(sorted(self.lacking.items())),
        }

    def _rights(self) -> str:
        missing = len(self.findings.missing)
        own = ", its own in each spec's namespace" if self.access.binds else ""
        return f"{missing} missing{own}" if missing else f"all that specs need{own}"


def discover(kube: Kube, claims: Collection[str], helm: str | None = None) -> Report:
    """Look at a cluster and decide what it can do.

    Args:
        kube: its API.
        claims: what its provider claims; see `decide`.
        helm: the helm of this machine.

    Raises:
        KubernetesError: the API did not answer, or refused for another reason than rights.
    """
    permissions = FRAMEWORK.merged(skytorch.PERMISSIONS, devices.PERMISSIONS)
    access = look_at_access(kube, permissions)
    findings = look(kube, access, helm)
    reasons = decide(findings, claims)
    lacking = {each: reason for each, reason in reasons.items() if reason is not None}
    return Report(findings, access, frozenset(reasons) - frozenset(lacking), lacking)


def _nodes(found: Findings) -> str:
    if not found.nodes:
        return _unless_unseen(found, "nodes")
    ready = sum(node.ready for node in found.nodes)
    kinds = Counter(
        f"{node.runtime or 'no runtime'}, kubelet {node.kubelet}" for node in found.nodes
    )
    told = "; ".join(kinds) if len(kinds) == 1 else _counted(kinds)
    return f"{ready} of {len(found.nodes)} Ready, {len(found.usable_nodes)} take pods: {told}"


def _counted(kinds: Mapping[str, int]) -> str:
    return "; ".join(f"{count} of {kind}" for kind, count in kinds.items())


def _gateway(found: Findings) -> str:
    gateway = found.gateway
    if gateway is None:
        return _unless_unseen(found, "the Gateway")
    state = "programmed" if gateway.programmed else f"not programmed ({gateway.told})"
    addresses = ", ".join(gateway.addresses) or "no address (localhost is taken)"
    controller = f" ({gateway.controller})" if gateway.controller else ""
    return f"{gateway.name} of class {gateway.gateway_class}{controller}: {state}, {addresses}"


def _skytorch(found: Findings) -> str:
    versions = ", ".join(found.compute_versions)
    api = f"Compute {versions}" if versions else "no Compute API"
    operator = found.operator
    if operator is None:
        return f"{api}; operator: {_unless_unseen(found, 'the operator')}"
    return f"{api}; operator {operator.image}, {operator.available} of {operator.wanted} available"


def _devices(found: Findings) -> str:
    by_vendor: dict[str, list[str]] = {}
    for resource, count in sorted(found.devices.items()):
        by_vendor.setdefault(vendor_of(resource), []).append(f"{resource} {count}")
    return "; ".join(f"{vendor}: {_and(each)}" for vendor, each in by_vendor.items()) or NONE


def _dra(found: Findings) -> str:
    if not found.dra_versions:
        return NONE
    classes = _and(found.device_classes) or _unless_unseen(found, "DeviceClasses")
    return f"resource.k8s.io {_and(found.dra_versions)}; DeviceClasses: {classes}"


def _hami(found: Findings) -> str:
    if found.hami is None:
        return _unless_unseen(found, "HAMi")
    nodes = [f"{node.name} ({_and(node.hami)})" for node in found.nodes if node.hami]
    devices = f"devices on {_and(nodes)}" if nodes else "no devices yet"
    return f"webhook {found.hami.webhook} at {found.hami.served_by}; {devices}"


def _storage(found: Findings) -> str:
    if found.storage is None:
        return _unless_unseen(found, "StorageClasses")
    return f"{found.storage.name} ({found.storage.provisioner})"


def _unless_unseen(found: Findings, what: str) -> str:
    return "may not be looked at" if what in found.unseen else NONE


def _and(texts: Iterable[str]) -> str:
    return ", ".join(texts)

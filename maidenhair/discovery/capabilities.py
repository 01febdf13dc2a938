"""From what was found out about a cluster to what it can do; pure functions, no requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from maidenhair.discovery.devices import is_device
from maidenhair.discovery.findings import Findings
from maidenhair.systems.skytorch.api.compute import API_VERSION
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE, OPERATOR
from maidenhair.systems.skytorch.stack.state import GATEWAY

DRA_VERSION = "v1"
CLAIMS = "volumeClaimTemplates"
BEFORE_0_2 = re.compile(r"0\.[01]([.a-z].*)?")


def decide(findings: Findings, claims: Collection[str]) -> dict[str, str | None]:
    """Return for every capability None if the cluster has it, else why it has it not.

    Args:
        findings: what was found out.
        claims: what the provider claims; it is asked only for what the API cannot tell.
    """
    reasons: dict[str, str | None] = {
        capability: reason(findings) for capability, reason in _REASONS.items()
    }
    can_simulate = "simulated-devices" in claims
    no_images = "its nodes lack the images of simulated devices, which clusters of ours have"
    reasons["simulated-devices"] = _nodes(findings) if can_simulate else no_images
    can_stop_nodes = "node-faults" in claims
    reasons["node-faults"] = None if can_stop_nodes else "nothing here can stop its nodes"
    return reasons


def _api(findings: Findings) -> str | None:
    return None


def _accounts(findings: Findings) -> str | None:
    if findings.no_accounts:
        return f"the run's account may not {findings.no_accounts[0]}, to make others"
    return None


def _simulated_nodes(findings: Findings) -> str | None:
    if findings.no_simulated:
        return f"the run's account may not {findings.no_simulated[0]}, to simulate nodes"
    return None


def _nodes(findings: Findings) -> str | None:
    if findings.usable_nodes:
        return None
    return _unseen(findings, "nodes") or (
        f"none of its {len(findings.nodes)} nodes is Ready and takes pods"
        if findings.nodes
        else "it has no nodes"
    )


def _multi_node(findings: Findings) -> str | None:
    if len(findings.usable_nodes) > 1:
        return None
    return _nodes(findings) or f"only node {findings.usable_nodes[0].name} takes pods"


def _gateway(findings: Findings) -> str | None:
    gateway = findings.gateway
    if gateway is None:
        absent = f"there is no Gateway {NAMESPACE}/{GATEWAY}"
        return _unseen(findings, "the Gateway") or absent
    if not gateway.programmed:
        return f"Gateway {gateway.name} is not programmed: {gateway.told}"
    return None


def _device_plugins(findings: Findings) -> str | None:
    # Every kubelet takes device plugins; simulated nodes, which have none, take no pods either.
    return _nodes(findings)


def _dra(findings: Findings) -> str | None:
    if DRA_VERSION not in findings.dra_versions:
        served = ", ".join(findings.dra_versions) or "nothing"
        return f"the specs need resource.k8s.io/{DRA_VERSION}, and of that group {served} is served"
    return _nodes(findings)


def _helm(findings: Findings) -> str | None:
    if findings.helm is None:
        return "there is no helm on this machine: install it, or name it by MAIDENHAIR_TOOL_HELM"
    return None


def _skytorch_api(findings: Findings) -> str | None:
    version = API_VERSION.partition("/")[2]
    if version not in findings.compute_versions:
        return (
            f"it does not serve {API_VERSION}: the CustomResourceDefinition of Compute is not there"
        )
    return None


def _skytorch(findings: Findings) -> str | None:
    return _skytorch_api(findings) or _nodes(findings) or _operator(findings) or _gateway(findings)


def _skytorch_0_2(findings: Findings) -> str | None:
    if lacking := _skytorch(findings):
        return lacking
    if BEFORE_0_2.fullmatch(findings.sdk):
        return f"its functions, views and claims by argument came with SkyTorch 0.2.0; here is {findings.sdk}"
    return None


def _skytorch_volumes(findings: Findings) -> str | None:
    if lacking := _skytorch(findings):
        return lacking
    if CLAIMS not in findings.compute_fields:
        return f"its Computes have no {CLAIMS}, which came with SkyTorch 0.2.0"
    if findings.storage is None:
        return _unseen(findings, "StorageClasses") or "it has no default StorageClass"
    return None


def _operator(findings: Findings) -> str | None:
    operator = findings.operator
    if operator is None:
        absent = f"there is no Deployment {NAMESPACE}/{OPERATOR}"
        return _unseen(findings, "the operator") or absent
    if operator.available < 1:
        return f"none of the {operator.wanted} pods of Deployment {operator.name} is available"
    return None


def _hami(findings: Findings) -> str | None:
    if findings.hami is None:
        return _unseen(findings, "HAMi") or "it has no webhook of HAMi's"
    # Devices are no part of it: specs bring simulated ones.
    return None


def _gpu(findings: Findings) -> str | None:
    if any(is_device(resource) and count for resource, count in findings.devices.items()):
        return None
    return _unseen(findings, "nodes") or "none of its nodes has a device to give"


def _unseen(findings: Findings, what: str) -> str | None:
    why = findings.unseen.get(what)
    return f"{what} may not be looked at: {why}" if why else None


_REASONS: Mapping[str, Callable[[Findings], str | None]] = {
    "api": _api,
    "accounts": _accounts,
    "simulated-nodes": _simulated_nodes,
    "nodes": _nodes,
    "multi-node": _multi_node,
    "gateway": _gateway,
    "device-plugins": _device_plugins,
    "dra": _dra,
    "helm": _helm,
    "skytorch-api": _skytorch_api,
    "skytorch": _skytorch,
    "skytorch-0-2": _skytorch_0_2,
    "skytorch-volumes": _skytorch_volumes,
    "hami": _hami,
    "gpu": _gpu,
}

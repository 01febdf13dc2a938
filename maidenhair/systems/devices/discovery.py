"""What is found out about devices on a cluster, and the capabilities that follow from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from maidenhair.kube import Kube, Object
from maidenhair.systems.capability import NONE, Capability, Findings, Look
from maidenhair.systems.devices.resources import device_resources, is_device, vendor_of

NAME = "devices"
DRA_GROUP = "resource.k8s.io"
DRA_VERSION = "v1"
HAMI_WEBHOOK = "hami.io"
HAMI_REGISTER = re.compile(r"hami\.io/node-(?P<vendor>.+)-register")
NO_IMAGES = (
    "its nodes lack the images of simulated devices, which clusters that maidenhair makes have"
)
NO_CHART = "its nodes have no images for a chart to install, as the cluster is used as it is"


@dataclass(frozen=True)
class HamiFound:
    """HAMi: its webhook, where that is served, and by node the vendors whose devices it knows."""

    webhook: str
    served_by: str
    nodes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class DevicesFindings:
    """What was found out about devices.

    Attributes:
        resources: how many devices of each resource the nodes have; those of simulated nodes do not count.
        dra_versions: the versions of `resource.k8s.io` that are served.
        device_classes: the DeviceClasses.
        hami: HAMi.
    """

    resources: Mapping[str, int] = field(default_factory=dict)
    dra_versions: tuple[str, ...] = ()
    device_classes: tuple[str, ...] = ()
    hami: HamiFound | None = None


def look_for_devices(look: Look) -> DevicesFindings:
    """Return what is found out about devices.

    Raises:
        KubernetesError: the API did not answer, or refused for another reason than permissions.
    """
    nothing: tuple[str, ...] = ()
    nodes = look.nodes
    return DevicesFindings(
        resources=_resources(nodes),
        dra_versions=look.kube.discovery.group_versions(DRA_GROUP),
        device_classes=look.ask("DeviceClasses", _device_classes, nothing),
        hami=look.ask("HAMi", lambda kube: _hami(kube, nodes), None),
    )


def describe(findings: Findings) -> Sequence[tuple[str, str]]:
    """Return the lines of the report on a cluster."""
    return [
        ("devices", _devices_line(findings)),
        ("DRA", _dra_line(findings)),
        ("HAMi", _hami_line(findings)),
    ]


def missing_dra(findings: Findings) -> str | None:
    """Return why devices cannot be claimed by Dynamic Resource Allocation; None if they can."""
    versions = _of(findings).dra_versions
    if DRA_VERSION not in versions:
        served = ", ".join(versions) or "nothing"
        return f"the specs need resource.k8s.io/{DRA_VERSION}, and of that group {served} is served"
    return findings.missing_nodes()


def missing_hami(findings: Findings) -> str | None:
    """Return why nothing shares devices; None if HAMi's webhook is there."""
    if _of(findings).hami is None:
        return findings.why_unseen("HAMi") or "it has no webhook of HAMi's"
    # Devices are no part of it: specs bring simulated ones.
    return None


def missing_hami_chart(findings: Findings) -> str | None:
    """Return why a second release of HAMi cannot be installed; None if it can."""
    if not (findings.owned and "nodes" in findings.claims):
        return NO_CHART
    return findings.missing_helm() or missing_hami(findings)


def missing_simulated_devices(findings: Findings) -> str | None:
    """Return why no simulated device plugin can run; None if one can."""
    if not (findings.owned and "nodes" in findings.claims):
        return NO_IMAGES
    return findings.missing_nodes()


def missing_simulated_nodes(findings: Findings) -> str | None:
    """Return why nodes cannot be simulated; None if they can."""
    missing = findings.missing_permission("simulated-nodes")
    return f"{missing}, to simulate nodes" if missing else None


def missing_gpu(findings: Findings) -> str | None:
    """Return why no real accelerator can be used; None if a node has one."""
    resources = _of(findings).resources
    if any(is_device(resource) and count for resource, count in resources.items()):
        return None
    return findings.why_unseen("nodes") or "none of its nodes has a device to give"


CAPABILITIES = (
    # Every kubelet takes device plugins; simulated nodes, which have none, take no pods either.
    Capability("device-plugins", "Nodes take device plugins.", Findings.missing_nodes),
    Capability("dra", "Devices can be claimed by Dynamic Resource Allocation.", missing_dra),
    Capability("gpu", "A node has an accelerator.", missing_gpu),
    Capability("hami", "HAMi shares devices.", missing_hami),
    Capability("hami-chart", "A second release of HAMi can be installed.", missing_hami_chart),
    Capability("simulated-devices", "Simulated device plugins can run.", missing_simulated_devices),
    Capability("simulated-nodes", "Nodes can be simulated.", missing_simulated_nodes),
)
"""What a cluster can do because of devices."""


def _of(findings: Findings) -> DevicesFindings:
    return findings.of(NAME, DevicesFindings)


def _devices_line(findings: Findings) -> str:
    by_vendor: dict[str, list[str]] = {}
    for resource, count in sorted(_of(findings).resources.items()):
        by_vendor.setdefault(vendor_of(resource), []).append(f"{resource} {count}")
    return "; ".join(f"{vendor}: {_and(each)}" for vendor, each in by_vendor.items()) or NONE


def _dra_line(findings: Findings) -> str:
    found = _of(findings)
    if not found.dra_versions:
        return NONE
    classes = _and(found.device_classes) or findings.absence("DeviceClasses")
    return f"resource.k8s.io {_and(found.dra_versions)}; DeviceClasses: {classes}"


def _hami_line(findings: Findings) -> str:
    hami = _of(findings).hami
    if hami is None:
        return findings.absence("HAMi")
    nodes = [f"{node} ({_and(vendors)})" for node, vendors in hami.nodes.items()]
    devices = f"devices on {_and(nodes)}" if nodes else "no devices yet"
    return f"webhook {hami.webhook} at {hami.served_by}; {devices}"


def _and(texts: Iterable[str]) -> str:
    return ", ".join(texts)


def _resources(nodes: Iterable[Object]) -> dict[str, int]:
    total: dict[str, int] = {}
    for node in nodes:
        status = node.get("status") or {}
        if not (status.get("nodeInfo") or {}).get("containerRuntimeVersion"):
            continue
        for resource, count in device_resources(status.get("allocatable") or {}).items():
            total[resource] = total.get(resource, 0) + count
    return total


def _device_classes(kube: Kube) -> tuple[str, ...]:
    versions = kube.discovery.group_versions(DRA_GROUP)
    if not versions:
        return ()
    found = kube.list(f"{DRA_GROUP}/{versions[0]}", "DeviceClass")
    return tuple(sorted(each["metadata"]["name"] for each in found))


def _hami(kube: Kube, nodes: Iterable[Object]) -> HamiFound | None:
    kind = ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration")
    for configuration in kube.list(*kind):
        for webhook in configuration.get("webhooks") or []:
            if webhook["name"].endswith(HAMI_WEBHOOK):
                client = webhook["clientConfig"]
                service = client.get("service") or {}
                served_by = f"{service.get('namespace')}/{service.get('name')}"
                name = f"{configuration['metadata']['name']} ({webhook['name']})"
                return HamiFound(name, client.get("url") or served_by, _registered(nodes))
    return None


def _registered(nodes: Iterable[Object]) -> dict[str, tuple[str, ...]]:
    """Return the vendors whose devices HAMi knows, by the node's name."""
    vendors = {}
    for node in nodes:
        annotations: Mapping[str, str] = node["metadata"].get("annotations") or {}
        registered = [
            match["vendor"]
            for key, value in annotations.items()
            if value and (match := HAMI_REGISTER.fullmatch(key))
        ]
        if registered:
            vendors[node["metadata"]["name"]] = tuple(sorted(registered))
    return vendors

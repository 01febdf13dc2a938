"""Discover the devices of a cluster, and derive the capabilities of the system."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from maidenhair.kube import Kube, Object
from maidenhair.systems.capability import NONE, Capability, Findings, Look
from maidenhair.systems.devices.resources import device_resources, is_device, vendor_of

NAME = "devices"
DRA_GROUP = "resource.k8s.io"
DRA_VERSION = "v1"
HAMI_WEBHOOK = "hami.io"
HAMI_SERVICE = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")
CHART_LABEL = "helm.sh/chart"
HAMI_CHART = re.compile(r"hami-(?P<version>\d.*)")
HAMI_REGISTER = re.compile(r"hami\.io/node-(?P<vendor>.+)-register")
NO_IMAGES = "its nodes lack the images of simulated devices, which only clusters that maidenhair creates have"
NO_CHART = (
    "its nodes lack the images of HAMi's chart, which only clusters that maidenhair creates have"
)


@dataclass(frozen=True)
class HamiFound:
    """The HAMi of a cluster.

    Attributes:
        webhook: the names of its webhook configuration and webhook.
        served_by: the Service (namespace/name) or the URL of the webhook.
        nodes: the vendors whose devices are registered with HAMi, by the node's name.
        version: the version of HAMi's chart; None for the stand-in, and if it is not known.
    """

    webhook: str
    served_by: str
    nodes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    version: str | None = None


@dataclass(frozen=True)
class DevicesFindings:
    """The devices of a cluster.

    Attributes:
        resources: the number of devices of each resource on all nodes that run containers.
        dra_versions: the versions of `resource.k8s.io` that the API serves.
        device_classes: the names of the DeviceClasses.
        hami: HAMi; None if the cluster does not have it.
    """

    resources: Mapping[str, int] = field(default_factory=dict)
    dra_versions: tuple[str, ...] = ()
    device_classes: tuple[str, ...] = ()
    hami: HamiFound | None = None


def look_for_devices(look: Look) -> DevicesFindings:
    """Discover device resources, DRA and HAMi on a cluster.

    Args:
        look: reads the cluster, and records what the account may not read.

    Raises:
        KubernetesError: the API did not answer, or refused a request for another reason than permissions.
    """
    nothing: tuple[str, ...] = ()
    nodes = look.nodes
    return DevicesFindings(
        resources=_resources(nodes),
        dra_versions=look.kube.discovery.group_versions(DRA_GROUP),
        device_classes=look.ask("DeviceClasses", _device_classes, nothing),
        hami=_with_version(look, look.ask("HAMi", lambda kube: _hami(kube, nodes), None)),
    )


def describe(findings: Findings) -> Sequence[tuple[str, str]]:
    """Return the lines about devices in the report on a cluster: pairs of a title and a text."""
    return [
        ("devices", _devices_line(findings)),
        ("DRA", _dra_line(findings)),
        ("HAMi", _hami_line(findings)),
    ]


def missing_dra(findings: Findings) -> str | None:
    """Return why pods cannot claim devices by Dynamic Resource Allocation; None if they can."""
    versions = _of(findings).dra_versions
    if DRA_VERSION not in versions:
        served = ", ".join(versions) or "no version"
        return f"the specs need resource.k8s.io/{DRA_VERSION}, but the API serves {served} of that group"
    return findings.missing_nodes()


def missing_hami(findings: Findings) -> str | None:
    """Return why HAMi cannot share devices; None if its webhook is installed."""
    if _of(findings).hami is None:
        return findings.why_unseen("HAMi") or "it has no webhook of HAMi"
    # The specs add simulated devices themselves.
    return None


def missing_hami_chart(findings: Findings) -> str | None:
    """Return why a second release of HAMi cannot be installed; None if it can."""
    if not (findings.owned and "nodes" in findings.claims):
        return NO_CHART
    return findings.missing_helm() or missing_hami(findings)


def missing_simulated_devices(findings: Findings) -> str | None:
    """Return why simulated device plugins cannot run; None if they can."""
    if not (findings.owned and "nodes" in findings.claims):
        return NO_IMAGES
    return findings.missing_nodes()


def missing_simulated_nodes(findings: Findings) -> str | None:
    """Return why nodes cannot be simulated; None if they can."""
    missing = findings.missing_permission("simulated-nodes")
    return f"{missing}, to simulate nodes" if missing else None


def missing_gpu(findings: Findings) -> str | None:
    """Return why pods cannot use a real accelerator; None if a node has one."""
    resources = _of(findings).resources
    if any(is_device(resource) and count for resource, count in resources.items()):
        return None
    return findings.why_unseen("nodes") or "none of its nodes has an allocatable device"


CAPABILITIES = (
    # Every kubelet accepts device plugins. Simulated nodes have no kubelet, but run no containers either.
    Capability("device-plugins", "Nodes accept device plugins.", Findings.missing_nodes),
    Capability("dra", "Pods can claim devices by Dynamic Resource Allocation.", missing_dra),
    Capability("gpu", "A node has an accelerator.", missing_gpu),
    Capability("hami", "HAMi shares devices.", missing_hami),
    Capability("hami-chart", "A second release of HAMi can be installed.", missing_hami_chart),
    Capability("simulated-devices", "Simulated device plugins can run.", missing_simulated_devices),
    Capability("simulated-nodes", "Nodes can be simulated.", missing_simulated_nodes),
)
"""The capabilities of a cluster that depend on devices."""


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
    version = f"version {hami.version}, " if hami.version else ""
    return f"{version}webhook {hami.webhook} at {hami.served_by}; {devices}"


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


def _with_version(look: Look, hami: HamiFound | None) -> HamiFound | None:
    """Add the version, which helm has written on HAMi's Deployment. It has the name of the webhook's Service."""
    if hami is None or HAMI_SERVICE.fullmatch(hami.served_by) is None:
        return hami
    namespace, _, name = hami.served_by.partition("/")
    deployment = look.ask(
        "HAMi's version", lambda kube: kube.get("apps/v1", "Deployment", name, namespace), None
    )
    labels = ((deployment or {}).get("metadata") or {}).get("labels") or {}
    chart = HAMI_CHART.fullmatch(labels.get(CHART_LABEL, ""))
    return replace(hami, version=chart["version"] if chart else None)


def _registered(nodes: Iterable[Object]) -> dict[str, tuple[str, ...]]:
    """Return the vendors whose devices are registered with HAMi, by the node's name."""
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

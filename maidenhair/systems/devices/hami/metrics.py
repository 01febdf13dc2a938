"""The metrics of HAMi's scheduler about devices, in the format of Prometheus."""

from __future__ import annotations

import re
from collections.abc import Mapping

from maidenhair.errors import DevicesError
from maidenhair.kube import Kube
from maidenhair.kube.kubectl import Kubectl
from maidenhair.systems.devices.hami.installation import NAMESPACE

SCHEDULER = "app.kubernetes.io/component=hami-scheduler"
PORT = 9395
_SAMPLE = re.compile(r"(?P<name>\w+)\{(?P<labels>[^}]*)\} (?P<value>\S+)")
_ID = re.compile(r'device_uuid="(?P<id>[^"]*)"')
_QUOTA = re.compile(r'namespace="(?P<namespace>[^"]*)",(?:.*,)?quota_name="(?P<resource>[^"]*)"')


def read_metrics(kube: Kube, kubectl: Kubectl) -> Mapping[tuple[str, str], float]:
    """Read the metrics of devices from the scheduler's pod, through the API server.

    Args:
        kube: the API.
        kubectl: sends the request.

    Returns:
        The values, by the name of the metric and the id of the device, or the key of the quota.

    Raises:
        DevicesError: the scheduler has no pod.
        KubernetesError: the pod did not answer.
    """
    pods = kube.list("v1", "Pod", NAMESPACE, SCHEDULER)
    if not pods:
        raise DevicesError(
            f"Namespace {NAMESPACE} has no pod of HAMi's scheduler, with label {SCHEDULER}; run "
            "`maidenhair cluster deploy`"
        )
    name = pods[0]["metadata"]["name"]
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{name}:{PORT}/proxy/metrics"
    return parse_metrics(kubectl.run("get", "--raw", path))


def quota_key(namespace: str, resource: str) -> str:
    """Return the key of the metrics of a namespace's quota of a resource, for example "nvidia.com/gpumem"."""
    return f"{namespace}/{resource}"


def parse_metrics(text: str) -> dict[tuple[str, str], float]:
    """Parse metrics; return the values of those about devices and quotas, by the metric's name and `read_metrics`' key.

    Of the metrics of several pods with the same device, the last one is returned.
    """
    found = {}
    for line in text.splitlines():
        sample = _SAMPLE.fullmatch(line)
        if sample is None:
            continue
        if device := _ID.search(sample["labels"]):
            found[sample["name"], device["id"]] = float(sample["value"])
        elif quota := _QUOTA.search(sample["labels"]):
            key = quota_key(quota["namespace"], quota["resource"])
            found[sample["name"], key] = float(sample["value"])
    return found

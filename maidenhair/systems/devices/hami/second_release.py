"""A second release of HAMi's scheduler, next to the cluster's own one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hamcrest import has_length

from maidenhair.errors import DevicesError
from maidenhair.kube import Kube
from maidenhair.kube.helm import Helm
from maidenhair.systems.devices.hami.installation import Installation
from maidenhair.systems.devices.hami.plan import HamiPlan
from maidenhair.waiting import eventually

DEFINITIONS = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
ROLES = "rbac.authorization.k8s.io/v1"
NAMESPACED = (
    ("batch/v1", "Job"),
    ("v1", "ConfigMap"),
    ("v1", "Pod"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    (ROLES, "Role"),
    (ROLES, "RoleBinding"),
)
"""The kinds of the objects of a release in its namespace, besides its Deployment."""
LOCK = "hami.io/mutex.lock"
LEADER = "hami.io/scheduler-role=leader"
INSTANCE = "app.kubernetes.io/instance"
LEADER_SECONDS = 120.0
"""The time limit for another leader. The Lease of the old one expires after 15 s."""


def second_release(
    kube: Kube, plan: HamiPlan, helm: Path, kubeconfig: Path, home: Path, namespace: str
) -> Installation:
    """Return a release to install in a namespace, with a name that no other namespace's release has.

    Args:
        kube: the cluster's API.
        plan: the plan of the cluster's own release.
        helm: the path of helm.
        kubeconfig: the kubeconfig for helm.
        home: the folder for helm's cache and configuration.
        namespace: the namespace of the release.
    """
    # Some objects of the release have no namespace. Their names contain the release's name.
    release = f"hami-{hashlib.sha256(namespace.encode()).hexdigest()[:8]}"
    return Installation(kube, Helm(helm, kubeconfig, home), plan, namespace, release)


def own_values(installation: Installation) -> dict[str, Any]:
    """Return the values that restrict a second release to its own namespace."""
    selector = {"matchLabels": {"kubernetes.io/metadata.name": installation.namespace}}
    return {
        "schedulerName": installation.release,
        "scheduler": {"admissionWebhook": {"namespaceSelector": selector}},
    }


def value_at(path: str, value: Any) -> dict[str, Any]:
    """Return a tree of values with one value.

    Args:
        path: the value's path, for example "scheduler.service.httpPort".
        value: the value.

    Example:
        >>> value_at("scheduler.service.httpPort", 443)
        {'scheduler': {'service': {'httpPort': 443}}}
    """
    first, _, rest = path.partition(".")
    return {first: value_at(rest, value) if rest else value}


def kill_leader(installation: Installation) -> None:
    """Delete the pod that leads without a grace period, and wait until the Service leads to another one.

    Raises:
        DevicesError: no pod of the release leads, or its webhook is not served again in time.
        WaitTimedOut: no other pod has become the leader in time.
        KubernetesError: the API refused a request, or did not answer.
    """
    kube, namespace = installation.kube, installation.namespace
    leaders = (namespace, f"{LEADER},{INSTANCE}={installation.release}")
    pods = kube.list("v1", "Pod", *leaders)
    if not pods:
        raise DevicesError(
            f"no pod of HAMi release {installation.release} in Namespace {namespace} has the label {LEADER}; "
            "see the log of its scheduler"
        )
    for each in pods:
        kube.delete("v1", "Pod", each["metadata"]["name"], namespace, grace_period_seconds=0)
    killed = {each["metadata"]["name"] for each in pods}
    # The Service leads to the killed pod for a moment longer.
    eventually(
        lambda: {each["metadata"]["name"] for each in kube.list("v1", "Pod", *leaders)} - killed,
        has_length(1),
        within=LEADER_SECONDS,
        described_as=f"another pod of HAMi release {installation.release} to lead",
    )
    installation.wait_for_webhook(installation.release)


def remains_of(installation: Installation) -> list[str]:
    """Return the names of a release's objects that still exist, and the nodes that its pods have locked."""
    kube, namespace = installation.kube, installation.namespace
    deployment = kube.get("apps/v1", "Deployment", installation.deployment, namespace)
    roles = (
        each
        for kind in ("ClusterRole", "ClusterRoleBinding")
        for each in kube.list(ROLES, kind)
        if installation.release in each["metadata"]["name"]
    )
    others = (
        each
        for kind in NAMESPACED
        for each in kube.list(*kind, namespace)
        if installation.release in each["metadata"]["name"]
    )
    definitions = (each for each in kube.list(*DEFINITIONS) if "hami" in each["spec"]["group"])
    locked = (
        f"the lock of node {node['metadata']['name']}"
        for node in kube.list("v1", "Node")
        if f",{namespace}," in (node["metadata"].get("annotations") or {}).get(LOCK, "")
    )
    deployments = [deployment] if deployment else []
    return [
        *_named((*deployments, *installation.webhooks(), *roles, *others, *definitions)),
        *locked,
    ]


def _named(objects: Iterable[Mapping[str, Any]]) -> list[str]:
    return [each["metadata"]["name"] for each in objects]

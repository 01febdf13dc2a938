"""A second release of HAMi's scheduler, beside the one that the cluster has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from maidenhair.kube import Kube
from maidenhair.kube.helm import Helm
from maidenhair.systems.devices.hami.installation import Installation
from maidenhair.systems.devices.hami.plan import HamiPlan

DEFINITIONS = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
ROLES = "rbac.authorization.k8s.io/v1"
LOCK = "hami.io/mutex.lock"


def second_release(
    kube: Kube, plan: HamiPlan, helm: Path, kubeconfig: Path, home: Path, namespace: str
) -> Installation:
    """Return a release that is to be installed in a namespace; its name is that namespace's own.

    Args:
        kube: the cluster's API.
        plan: what the cluster's own release is installed from.
        helm: the helm to install with.
        kubeconfig: the kubeconfig for it.
        home: a folder for what helm remembers.
        namespace: the namespace.
    """
    # Some of its objects are outside of namespaces, and their names come from the release's.
    release = f"hami-{hashlib.sha256(namespace.encode()).hexdigest()[:8]}"
    return Installation(kube, Helm(helm, kubeconfig, home), plan, namespace, release)


def own_values(installation: Installation) -> dict[str, Any]:
    """Return the values by which a second release leaves all other namespaces alone."""
    selector = {"matchLabels": {"kubernetes.io/metadata.name": installation.namespace}}
    return {
        "schedulerName": installation.release,
        "scheduler": {"admissionWebhook": {"namespaceSelector": selector}},
    }


def value_at(path: str, value: Any) -> dict[str, Any]:
    """Return the values with one that is named by its path, as in "scheduler.service.httpPort"."""
    first, _, rest = path.partition(".")
    return {first: value_at(rest, value) if rest else value}


def arguments_of(installation: Installation) -> list[str]:
    """Return the command line of a release's scheduler extender, as its pods have it."""
    pods = installation.kube.list("v1", "Pod", installation.namespace)
    own = [each for each in pods if each["metadata"]["name"].startswith(installation.deployment)]
    return [
        argument
        for pod in own
        for container in pod["spec"]["containers"]
        for argument in (*container.get("command", ()), *container.get("args", ()))
    ]


def left_of(installation: Installation) -> list[str]:
    """Return what there is of a release: its webhooks, what it has outside of its namespace, and locks of its pods."""
    kube, namespace = installation.kube, installation.namespace
    deployment = kube.get("apps/v1", "Deployment", installation.deployment, namespace)
    roles = (
        each
        for kind in ("ClusterRole", "ClusterRoleBinding")
        for each in kube.list(ROLES, kind)
        if installation.release in each["metadata"]["name"]
    )
    definitions = (each for each in kube.list(*DEFINITIONS) if "hami" in each["spec"]["group"])
    locked = (
        f"the lock of node {node['metadata']['name']}"
        for node in kube.list("v1", "Node")
        if f",{namespace}," in (node["metadata"].get("annotations") or {}).get(LOCK, "")
    )
    deployments = [deployment] if deployment else []
    return [*_named((*deployments, *installation.webhooks(), *roles, *definitions)), *locked]


def _named(objects: Iterable[Mapping[str, Any]]) -> list[str]:
    return [each["metadata"]["name"] for each in objects]

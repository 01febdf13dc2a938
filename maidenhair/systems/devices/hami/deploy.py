"""Deploy HAMi's scheduler on a cluster: the stand-in, or the real HAMi if its sources or its image and chart are set.

It is installed once. Later runs find it by a digest of the plan in an annotation of its namespace.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.errors import DevicesError
from maidenhair.kube import Kube, Object
from maidenhair.kube.helm import Helm
from maidenhair.kube.matchers import is_absent
from maidenhair.kube.matchers.rolled_out import is_rolled_out
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.devices.hami.installation import (
    AVAILABLE_SECONDS,
    NAMESPACE,
    SCHEDULER,
    Installation,
)
from maidenhair.systems.devices.hami.plan import HamiPlan
from maidenhair.systems.devices.hami.protocol import IGNORE_LABEL
from maidenhair.waiting import eventually

DIGEST_ANNOTATION = "maidenhair.dev/hami"
PLAN_ANNOTATION = "maidenhair.dev/hami-upstream"
"""The annotation of the namespace with the chart and the values of the real HAMi."""


def deploy(
    kube: Kube, kubeconfig: Path, context: str, plan: HamiPlan, progress: Progress
) -> HamiPlan:
    """Install HAMi's scheduler unless this plan is installed already, and wait until it is available.

    The nodes must have the plan's images. An installation of another plan is upgraded or replaced. A real HAMi stays if
    the settings do not say which one to install.

    Args:
        kube: the cluster's API.
        kubeconfig: the kubeconfig for helm.
        context: the cluster's context in the kubeconfig.
        plan: the chart, values and images to install.
        progress: shows the installation.

    Returns:
        The plan that is installed.

    Raises:
        DevicesError: helm failed, or the scheduler did not become available.
        KubernetesError: the API refused a request, or did not answer.
    """
    if plan.keeps_upstream and (real := installed_upstream(kube, plan)):
        progress.say(
            f"The cluster keeps the real HAMi (chart {real.chart}), which an earlier run installed; "
            "MAIDENHAIR_DEVICES_HAMI=stand-in replaces it"
        )
        return real
    if is_deployed(kube, plan):
        return plan
    what = "HAMi's scheduler" if plan.is_upstream else "the stand-in of HAMi's scheduler"
    with progress.step(f"Installing {what}"):
        helm = Helm(plan.helm, kubeconfig, paths.cache_dir() / "helm", context)
        installation = Installation(kube, helm, plan)
        if kube.get("v1", "Namespace", NAMESPACE) is not None:
            installation.remove_incompatible()
        metadata: Object = {"name": NAMESPACE, "labels": IGNORE_LABEL}
        namespace: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        kube.apply(namespace)
        installation.install()
        # Server-side apply, so that the next installation, which applies no digest at first, removes this one.
        annotations = {DIGEST_ANNOTATION: plan.digest()}
        if plan.is_upstream:
            chosen = {"chart": plan.chart, "values": plan.values}
            annotations[PLAN_ANNOTATION] = json.dumps(chosen)
        kube.apply({**namespace, "metadata": {**metadata, "annotations": annotations}})
    return plan


def installed_upstream(kube: Kube, plan: HamiPlan) -> HamiPlan | None:
    """Return the plan of the real HAMi that is installed, or None if the real HAMi is not installed.

    Args:
        kube: the cluster's API.
        plan: the plan whose helm is used.

    Raises:
        DevicesError: its chart does not exist any more, so specs could not install it again.
        KubernetesError: the API refused a request, or did not answer.
    """
    text = _annotations(kube).get(PLAN_ANNOTATION)
    if text is None:
        return None
    chosen = json.loads(text)
    if chosen["chart"].startswith("/") and not Path(chosen["chart"]).exists():
        raise DevicesError(
            f"the cluster runs the real HAMi, and its chart {chosen['chart']} does not exist any more; set "
            "MAIDENHAIR_DEVICES_HAMI_SOURCE, or MAIDENHAIR_DEVICES_HAMI=stand-in to replace it"
        )
    return HamiPlan(plan.helm, chosen["chart"], chosen["values"], is_upstream=True)


def remove(kube: Kube, kubeconfig: Path, context: str, plan: HamiPlan, progress: Progress) -> None:
    """Uninstall HAMi's scheduler and delete its namespace. Do nothing if it is not installed.

    The arguments are those of `deploy`.

    Raises:
        DevicesError: helm failed; the message has its output.
        WaitTimedOut: the namespace was not gone in time.
        KubernetesError: the API refused a request, or did not answer.
    """
    if kube.get("v1", "Namespace", NAMESPACE) is None:
        return
    with progress.step("Uninstalling HAMi's scheduler"):
        helm = Helm(plan.helm, kubeconfig, paths.cache_dir() / "helm", context)
        Installation(kube, helm, plan).uninstall()
        kube.delete("v1", "Namespace", NAMESPACE)
        with WatchedObject(kube, "v1", "Namespace", NAMESPACE) as watched:
            eventually(
                watched,
                is_absent(),
                within=AVAILABLE_SECONDS,
                described_as=f"Namespace {NAMESPACE} to be gone",
            )


def _annotations(kube: Kube) -> Mapping[str, str]:
    namespace = kube.get("v1", "Namespace", NAMESPACE) or {"metadata": {}}
    annotations: Mapping[str, str] = namespace["metadata"].get("annotations") or {}
    return annotations


def is_deployed(kube: Kube, plan: HamiPlan) -> bool:
    """Return whether the scheduler of exactly this plan is installed and available.

    Raises:
        KubernetesError: the API refused a request, or did not answer.
    """
    if _annotations(kube).get(DIGEST_ANNOTATION) != plan.digest():
        return False
    return is_rolled_out().matches(kube.get("apps/v1", "Deployment", SCHEDULER, NAMESPACE))

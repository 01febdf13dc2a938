"""HAMi's scheduler in a cluster: the stand-in's, or the real one where its image and chart are given.

It is installed once and found by later runs: an annotation of its namespace holds a digest of all that it was made of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from maidenhair import paths
from maidenhair.devices.certificate import serving_secret
from maidenhair.devices.helm import Helm
from maidenhair.errors import DevicesError, KubernetesError, WaitError
from maidenhair.kube import Kube, Object
from maidenhair.kube.explain import explain, stop_when_hopeless
from maidenhair.kube.matchers.rolled_out import is_rolled_out
from maidenhair.kube.watching import WatchedObject
from maidenhair.progress import Progress
from maidenhair.waiting import eventually

NAMESPACE = "hami-system"
RELEASE = "hami"
SCHEDULER = "hami-scheduler"
"""The Deployment, the Service and, as HAMi has it, the name by which pods ask for the scheduler."""
DIGEST_ANNOTATION = "maidenhair.dev/hami"
IGNORED = {"hami.io/webhook": "ignore"}
SECRET = f"{SCHEDULER}-tls"
WEBHOOK_KIND = ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration")
UPSTREAM_WEBHOOK = "hami-webhook"
AVAILABLE_SECONDS = 240.0


class NamedImage(Protocol):
    """An image that nodes have: the name that pods use."""

    @property
    def name(self) -> str:
        """The name that pods use."""


@dataclass(frozen=True)
class HamiPlan:
    """What HAMi's scheduler is made of.

    Attributes:
        helm: the helm to install with.
        chart: the chart, as helm names it.
        values: the chart's values.
        is_upstream: whether it is HAMi's own chart, rather than the stand-in's.
    """

    helm: Path
    chart: str
    values: Mapping[str, Any]
    is_upstream: bool = False

    def digest(self) -> str:
        """Return a digest of all that decides what is installed; of a URL only the URL counts."""
        digest = hashlib.sha256(json.dumps([self.chart, self.values], sort_keys=True).encode())
        for path in _files(Path(self.chart)):
            digest.update(f"{path.name}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()


def standin_plan(helm: Path, kube_scheduler: NamedImage, extender: NamedImage) -> HamiPlan:
    """Return the plan of the stand-in, from the images of kube-scheduler and of the stand-in."""
    chart = paths.project_root() / "standins" / "hami_scheduler" / "chart"
    return HamiPlan(helm, str(chart), _image_values(kube_scheduler.name, extender.name))


def upstream_plan(helm: Path, chart: str, kube_scheduler: NamedImage, image: str) -> HamiPlan:
    """Return the plan of the real HAMi, for simulated devices, without images other than these.

    Args:
        helm: the helm to install with.
        chart: HAMi's chart.
        kube_scheduler: the image of kube-scheduler.
        image: the name of HAMi's image.

    Raises:
        DevicesError: the chart looks like a file or a folder, and there is none.
    """
    if chart.startswith(("/", "./", "../", "~")) and not Path(chart).expanduser().exists():
        raise DevicesError(
            f"HAMI_CHART={chart}: there is no such folder or archive; name the one with HAMi's Chart.yaml"
        )
    values = _image_values(kube_scheduler.name, image)
    # Its jobs for the certificate would need images of their own, and its device plugin real devices.
    values["scheduler"] |= {
        "patch": {"enabled": False},
        "certManager": {"enabled": False},
        "leaderElect": False,
    }
    values |= {"devicePlugin": {"enabled": False}, "fullnameOverride": RELEASE}
    return HamiPlan(
        helm, str(Path(chart).expanduser()) if chart[:1] == "~" else chart, values, True
    )


def deploy(kube: Kube, kubeconfig: Path, context: str, plan: HamiPlan, progress: Progress) -> None:
    """Install HAMi's scheduler unless it is there, and wait until it is available.

    The nodes must have the plan's images. What an installation of another plan left is changed to this one.

    Args:
        kube: the cluster's API.
        kubeconfig: the kubeconfig for helm.
        context: the kubeconfig's context of the cluster.
        plan: what to install.
        progress: told of it.

    Raises:
        DevicesError: helm refused, with its own words; or the scheduler did not become available, with the likely
            cause.
        KubernetesError: the API refused something, or did not answer.
    """
    if is_deployed(kube, plan):
        return
    with progress.step(
        "Installing HAMi's scheduler" if plan.is_upstream else "Installing the stand-in of HAMi"
    ):
        namespace: Object = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "labels": IGNORED},
        }
        helm = Helm(plan.helm, kubeconfig, paths.cache_dir() / "helm", context)
        _make_room(kube, helm, plan)
        kube.apply(namespace)
        secret = _certified(kube) if plan.is_upstream else None
        helm.install(RELEASE, plan.chart, NAMESPACE, plan.values)
        if secret is not None:
            _trust(kube, secret)
        _wait(kube)
        _mark(kube, namespace, plan.digest())


def is_deployed(kube: Kube, plan: HamiPlan) -> bool:
    """Return whether the scheduler of just this plan is there and available.

    Raises:
        KubernetesError: the API did not answer.
    """
    namespace = kube.get("v1", "Namespace", NAMESPACE) or {"metadata": {}}
    annotations = namespace["metadata"].get("annotations") or {}
    if annotations.get(DIGEST_ANNOTATION) != plan.digest():
        return False
    return is_rolled_out().matches(kube.get("apps/v1", "Deployment", SCHEDULER, NAMESPACE))


def _make_room(kube: Kube, helm: Helm, plan: HamiPlan) -> None:
    """Uninstall a release that cannot be upgraded to this plan: of another chart, or one whose helm was killed."""
    if kube.get("v1", "Namespace", NAMESPACE) is None:
        return
    for release in helm.releases(NAMESPACE):
        is_ours = release["chart"].startswith("hami-standin-") != plan.is_upstream
        if release["name"] == RELEASE and not (
            is_ours and release["status"] in ("deployed", "failed")
        ):
            helm.uninstall(RELEASE, NAMESPACE)


def _certified(kube: Kube) -> Object:
    """Return the Secret with the certificate of the webhook's server, made now unless it is there."""
    present = kube.get("v1", "Secret", SECRET, NAMESPACE)
    if present is not None and "ca.crt" in (present.get("data") or {}):
        return present
    return kube.apply(serving_secret(SECRET, NAMESPACE, SCHEDULER))


def _trust(kube: Kube, secret: Object) -> None:
    """Have the API server trust the webhook's server, as HAMi's own jobs would."""
    found = kube.get(*WEBHOOK_KIND, UPSTREAM_WEBHOOK)
    if found is None:
        raise DevicesError(
            f"HAMI_CHART has made no {WEBHOOK_KIND[1]} {UPSTREAM_WEBHOOK}; is it HAMi's chart of release 2.10?"
        )
    bundle = secret["data"]["ca.crt"]
    webhooks = [
        {**each, "clientConfig": {**each["clientConfig"], "caBundle": bundle}}
        for each in found["webhooks"]
    ]
    kube.patch(*WEBHOOK_KIND, UPSTREAM_WEBHOOK, {"webhooks": webhooks})


def _wait(kube: Kube) -> None:
    subject: Object = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": SCHEDULER, "namespace": NAMESPACE},
    }

    def explanation() -> str:
        try:
            return explain(kube, subject)
        except KubernetesError as error:
            return str(error)

    with WatchedObject(kube, "apps/v1", "Deployment", SCHEDULER, NAMESPACE) as watched:
        try:
            eventually(
                watched,
                is_rolled_out(),
                within=AVAILABLE_SECONDS,
                stop_when=[stop_when_hopeless(kube, subject)],
                described_as=f"Deployment {NAMESPACE}/{SCHEDULER} to be available",
                explain=explanation,
            )
        except WaitError as error:
            raise DevicesError(f"HAMi's scheduler did not come up. {error}") from error


def _mark(kube: Kube, namespace: Object, digest: str) -> None:
    metadata = {**namespace["metadata"], "annotations": {DIGEST_ANNOTATION: digest}}
    # Applied, not patched: the next installation begins by applying the namespace without it.
    kube.apply({**namespace, "metadata": metadata})


def _image_values(kube_scheduler: str, extender: str) -> dict[str, Any]:
    return {
        "scheduler": {
            "kubeScheduler": {"image": image_value(kube_scheduler)},
            "extender": {"image": image_value(extender)},
        }
    }


def image_value(name: str) -> dict[str, str]:
    """Return an image's name in parts, as charts have it."""
    name, _, digest = name.partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = name, ""
    registry, slash, rest = repository.partition("/")
    if not slash or not ("." in registry or ":" in registry or registry == "localhost"):
        registry, rest = "docker.io", repository
    value = {"registry": registry, "repository": rest, "tag": tag}
    return {**value, "digest": digest} if digest else value


def _files(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(path for path in place.rglob("*") if path.is_file())
    return [place] if place.is_file() else []

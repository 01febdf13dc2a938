"""A release of HAMi's scheduler in a namespace: install it, and uninstall it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from maidenhair.errors import DevicesError, KubernetesError, WaitError
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import explain, stop_when_hopeless
from maidenhair.kube.helm import Helm
from maidenhair.kube.matchers.rolled_out import is_rolled_out
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.devices.hami.plan import STANDIN_CHART, HamiPlan, merged
from maidenhair.systems.devices.hami.webhook_certificate import serving_secret
from maidenhair.waiting import eventually

NAMESPACE = "hami-system"
RELEASE = "hami"
SCHEDULER = "hami-scheduler"
"""The name of the Deployment and the Service, and the scheduler name in pods, as in HAMi's chart."""
WEBHOOK_KIND = ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration")
NO_VALUES: Mapping[str, Any] = MappingProxyType({})
AVAILABLE_SECONDS = 240.0
WEBHOOK_SECONDS = 120.0


@dataclass(frozen=True)
class Installation:
    """A release of HAMi's scheduler in a namespace.

    Attributes:
        kube: the cluster's API.
        helm: the helm client.
        plan: the chart, values and images to install.
        namespace: the namespace, which must exist.
        release: the name of the release and the prefix of its objects' names; it contains "hami".
    """

    kube: Kube
    helm: Helm
    plan: HamiPlan
    namespace: str = NAMESPACE
    release: str = RELEASE

    @property
    def deployment(self) -> str:
        """The name of the Deployment, and of the Service."""
        return f"{self.release}-scheduler"

    def install(self, values: Mapping[str, Any] = NO_VALUES) -> None:
        """Install the release, or upgrade it, and wait until its scheduler is available.

        Args:
            values: values of the chart that replace those of the plan.

        Raises:
            DevicesError: helm failed (the message has its output), or the scheduler did not become available (the
                message has the likely cause).
            KubernetesError: the API refused a request, or did not answer.
        """
        all_values = merged(self.plan.values, values)
        secret = None
        if self.plan.is_upstream:
            all_values = merged(all_values, {"fullnameOverride": self.release})
            secret = self._ensure_secret()
        self.helm.install(self.release, self.plan.chart, self.namespace, all_values)
        if secret is not None:
            self._trust(secret)
        self._wait()
        if self.webhooks():
            self.wait_for_webhook(all_values.get("schedulerName", SCHEDULER))

    def uninstall(self, hooks: bool = True) -> None:
        """Uninstall the release if it is installed.

        Args:
            hooks: whether helm runs the chart's hooks.

        Raises:
            DevicesError: helm failed; the message has its output.
            KubernetesError: the API refused a request, or did not answer.
        """
        self.helm.uninstall(self.release, self.namespace, hooks)
        if self.plan.is_upstream:
            self.kube.delete("v1", "Secret", self._secret, self.namespace)

    def webhooks(self) -> list[Object]:
        """Return the webhook configurations whose Service is in the namespace."""
        return [
            each
            for each in self.kube.list(*WEBHOOK_KIND)
            if any(
                _service_namespace(webhook) == self.namespace
                for webhook in each.get("webhooks") or []
            )
        ]

    def remove_incompatible(self) -> None:
        """Uninstall a release that helm cannot upgrade: of another chart, or left by a helm that was killed.

        Raises:
            DevicesError: helm failed; the message has its output.
            KubernetesError: the API refused a request, or did not answer.
        """
        for found in self.helm.releases(self.namespace):
            is_ours = found["chart"].startswith(STANDIN_CHART) != self.plan.is_upstream
            is_whole = found["status"] in ("deployed", "failed")
            if found["name"] == self.release and not (is_ours and is_whole):
                # The next release uses the annotations of nodes, and the old hooks may be broken.
                self.uninstall(hooks=False)
        secret = self.kube.get("v1", "Secret", self._secret, self.namespace)
        if secret is not None and not self.plan.is_upstream and not _is_of_helm(secret):
            # The stand-in's chart creates this Secret, and helm refuses to adopt an object of somebody else.
            self.kube.delete("v1", "Secret", self._secret, self.namespace)

    @property
    def _secret(self) -> str:
        return f"{self.deployment}-tls"

    def _ensure_secret(self) -> Object:
        """Return the Secret with the certificate of the webhook's server. Create it if it does not exist."""
        present = self.kube.get("v1", "Secret", self._secret, self.namespace)
        if present is not None and "ca.crt" in (present.get("data") or {}):
            return present
        return self.kube.apply(serving_secret(self._secret, self.namespace, self.deployment))

    def _trust(self, secret: Object) -> None:
        """Write the certificate into the webhook configurations, in place of the jobs of HAMi's chart."""
        for found in self.webhooks():
            webhooks = [
                {
                    **each,
                    "clientConfig": {**each["clientConfig"], "caBundle": secret["data"]["ca.crt"]},
                }
                for each in found["webhooks"]
            ]
            self.kube.patch(*WEBHOOK_KIND, found["metadata"]["name"], {"webhooks": webhooks})

    def _wait(self) -> None:
        where = ("apps/v1", "Deployment", self.deployment, self.namespace)
        metadata = {"name": self.deployment, "namespace": self.namespace}
        subject: Object = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata}

        def explanation() -> str:
            try:
                return explain(self.kube, subject)
            except KubernetesError as error:
                return str(error)

        with WatchedObject(self.kube, *where) as watched:
            try:
                eventually(
                    watched,
                    is_rolled_out(),
                    within=AVAILABLE_SECONDS,
                    stop_when=[stop_when_hopeless(self.kube, subject)],
                    described_as=f"Deployment {self.namespace}/{self.deployment} to be available",
                    explain=explanation,
                )
            except WaitError as error:
                raise DevicesError(
                    f"HAMi's scheduler in Namespace {self.namespace} did not become available. {error}"
                ) from error

    def wait_for_webhook(self, scheduler_name: str) -> None:
        """Wait until the webhook changes pods that request a device.

        The Service has an endpoint only after a pod of the scheduler has labelled itself as the leader. Until then the
        API server ignores the webhook, and pods bypass HAMi.

        Args:
            scheduler_name: the scheduler that the webhook sets.

        Raises:
            DevicesError: the webhook was not served in time.
        """
        is_own = self.namespace == NAMESPACE
        limits = {"nvidia.com/gpu": "1"}
        container: Object = {"name": "main", "image": "none", "resources": {"limits": limits}}
        pod: Object = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"{self.release}-probe",
                "namespace": "default" if is_own else self.namespace,
            },
            "spec": {"containers": [container]},
        }
        if not is_own:
            # Pods that name a scheduler are left to the webhook of its release.
            pod["spec"]["schedulerName"] = scheduler_name

        def is_changed() -> bool:
            spec = self.kube.create(pod, dry_run=True)["spec"]
            is_completed: bool = spec["containers"][0]["resources"]["limits"] != limits
            return is_completed and spec.get("schedulerName") == scheduler_name

        try:
            eventually(
                is_changed,
                True,
                within=WEBHOOK_SECONDS,
                described_as=f"the webhook of Service {self.namespace}/{self.deployment} to complete a pod that "
                "requests a device",
                tolerate=(KubernetesError,),
            )
        except WaitError as error:
            raise DevicesError(
                f"HAMi's webhook in Namespace {self.namespace} is not served. {error}; check the endpoints of Service "
                f"{self.namespace}/{self.deployment} and the log of Deployment {self.deployment}"
            ) from error


def _service_namespace(webhook: Mapping[str, Any]) -> str | None:
    service = (webhook.get("clientConfig") or {}).get("service") or {}
    namespace: str | None = service.get("namespace")
    return namespace


def _is_of_helm(item: Object) -> bool:
    labels = item["metadata"].get("labels") or {}
    return bool(labels.get("app.kubernetes.io/managed-by") == "Helm")

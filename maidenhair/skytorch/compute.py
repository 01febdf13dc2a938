"""A Compute as the Kubernetes API shows it: its object, what serves it, and waits for both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hamcrest import has_length
from hamcrest.core.matcher import Matcher

from maidenhair.kube import Kube, Object
from maidenhair.kube.explain import StopWhenHopeless, stop_when_hopeless
from maidenhair.kube.matchers import has_condition, is_absent, is_owned_by, is_present
from maidenhair.kube.watching import WatchedObject, WatchedObjects
from maidenhair.waiting import StopCondition, eventually

API_VERSION = "compute.skytorch.dev/v1alpha1"
KIND = "Compute"
CHILDREN = (
    ("v1", "Service"),
    ("gateway.networking.k8s.io/v1", "GRPCRoute"),
    ("apps/v1", "StatefulSet"),
)
INSTANCE_LABEL = "app.kubernetes.io/instance"
READY_SECONDS = 120.0
CHANGE_SECONDS = 60.0


class ComputeView:
    """One Compute of a namespace, whoever made it; it need not exist yet.

    Every method raises KubernetesError when the API cannot be used. Waits are driven by watches, tell the likely
    cause when they fail, and raise WaitTimedOut after their time or WaitStopped once they are hopeless.
    """

    def __init__(self, kube: Kube, namespace: str, name: str) -> None:
        self._kube = kube
        self.namespace = namespace
        self.name = name

    def __str__(self) -> str:
        return f"Compute {self.namespace}/{self.name}"

    def apply(self, **spec: Any) -> Object:
        """Create the Compute with a spec, such as `image="…"`, or change it.

        Raises:
            ApiRefused: the API refused the Compute.
        """
        return self._kube.apply({**self._identity(), "spec": spec})

    def create(
        self,
        spec: Object | None,
        metadata: Object | None = None,
        validation: str | None = None,
        on_warning: Callable[[str], None] | None = None,
    ) -> Object:
        """Create the Compute, which must not exist yet, as `kubectl create` does; see `Kube.create`.

        Args:
            spec: its whole spec; None gives it none.
            metadata: what its metadata has beside its name and namespace.
            validation: what becomes of fields that there are not.
            on_warning: called with each warning of the API server's.

        Raises:
            ApiRefused: the API refused the Compute.
        """
        manifest = self._identity()
        manifest["metadata"] |= metadata or {}
        if spec is not None:
            manifest["spec"] = spec
        return self._kube.create(manifest, validation, on_warning)

    def patch_status(self, **status: Any) -> Object:
        """Change the Compute's status as an operator does, and return the Compute."""
        return self._kube.patch_status(API_VERSION, KIND, self.name, status, self.namespace)

    def patch(self, **spec: Any) -> Object:
        """Change fields of the Compute's spec."""
        return self._kube.patch(API_VERSION, KIND, self.name, {"spec": spec}, self.namespace)

    def delete(self) -> None:
        """Delete the Compute; what serves it follows."""
        self._kube.delete(API_VERSION, KIND, self.name, self.namespace)

    def owned(self) -> list[tuple[str, str]]:
        """Return kind and name of what the Compute owns as controller, by the owner references."""
        controlled = is_owned_by(self.wait_until_present(), controller=True)
        return [
            (kind, child["metadata"]["name"])
            for api_version, kind in CHILDREN
            for child in self._kube.list(api_version, kind, self.namespace)
            if controlled.matches(child)
        ]

    def wait_until_present(self, within: float = CHANGE_SECONDS) -> Object:
        """Wait until the Compute exists, and return it."""
        return self._wait_for_compute(is_present(), "to exist", within)

    def wait_until_ready(
        self, within: float = READY_SECONDS, stop_when: Iterable[StopCondition] = ()
    ) -> Object:
        """Wait until the Compute is Ready, and return it; also stop by other conditions."""
        return self._wait_for_compute(has_condition("Ready"), "to be Ready", within, stop_when)

    def hopeless(self) -> StopWhenHopeless:
        """Return the stop condition that the Compute cannot become ready without a change from outside."""
        return stop_when_hopeless(self._kube, self._identity())

    def wait_for_condition(
        self, condition: str, status: str, reason: str, within: float = CHANGE_SECONDS
    ) -> None:
        """Wait until the Compute's status has a condition for a reason."""
        wanted = has_condition(condition, status, reason)
        self._wait_for_compute(wanted, f"to be {condition} {status} ({reason})", within)

    def wait_for_pods(self, count: int, within: float = CHANGE_SECONDS) -> None:
        """Wait until the Compute has so many pods, those that are being deleted included."""
        hopeless = self.hopeless()
        _eventually(
            self._pods(),
            has_length(count),
            within=within,
            described_as=f"{self} to have {count} pods",
            explain=hopeless.explain,
        )

    def wait_until_gone(self, within: float = CHANGE_SECONDS) -> None:
        """Wait until neither the Compute nor anything that served it exists."""
        for api_version, kind in ((API_VERSION, KIND), *CHILDREN):
            _eventually(
                WatchedObject(self._kube, api_version, kind, self.name, self.namespace),
                is_absent(),
                within=within,
                described_as=f"{kind} {self.namespace}/{self.name} to be gone",
            )
        self.wait_for_pods(0, within)

    def _wait_for_compute(
        self,
        matcher: Matcher[Any],
        wanted: str,
        within: float,
        stop_when: Iterable[StopCondition] = (),
    ) -> Object:
        hopeless = self.hopeless()
        found: Object = _eventually(
            WatchedObject(self._kube, API_VERSION, KIND, self.name, self.namespace),
            matcher,
            within=within,
            stop_when=[hopeless, *stop_when],
            described_as=f"{self} {wanted}",
            explain=hopeless.explain,
        )
        return found

    def _pods(self) -> WatchedObjects:
        selector = f"{INSTANCE_LABEL}={self.name}"
        return WatchedObjects(self._kube, "v1", "Pod", self.namespace, label_selector=selector)

    def _identity(self) -> Object:
        metadata = {"name": self.name, "namespace": self.namespace}
        return {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata}


def _eventually(
    watched: WatchedObject | WatchedObjects, matcher: Matcher[Any], **options: Any
) -> Any:
    with watched:
        return eventually(watched, matcher, **options)

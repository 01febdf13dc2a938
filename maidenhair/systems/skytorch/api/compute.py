"""A Compute as the Kubernetes API shows it: its object, what serves it, and waits for both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hamcrest.core.matcher import Matcher

from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import StopWhenHopeless, stop_when_hopeless
from maidenhair.kube.matchers import has_condition, is_absent, is_present
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.skytorch.api.owned_objects import CHANGE_SECONDS, CHILDREN, Child
from maidenhair.systems.skytorch.api.server_pods import ServerPods
from maidenhair.waiting import StopCondition, eventually

API_GROUP = "compute.skytorch.dev"
API_VERSION = f"{API_GROUP}/v1alpha1"
KIND = "Compute"
READY_SECONDS = 120.0


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
        status: Object | None = None,
    ) -> Object:
        """Create the Compute, as `kubectl create` does; see `Kube.create`.

        Args:
            spec: the whole spec; None for a Compute without one.
            metadata: fields of the metadata besides the name and the namespace.
            validation: what the API does with unknown fields.
            on_warning: called with each warning of the API server.
            status: a status that the request claims; None for none.

        Raises:
            ApiRefused: the API refused the Compute.
        """
        manifest = self._identity()
        manifest["metadata"] |= metadata or {}
        if spec is not None:
            manifest["spec"] = spec
        if status is not None:
            manifest["status"] = status
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

    @property
    def pods(self) -> ServerPods:
        """Return the Compute's pods."""
        return ServerPods(self._kube, self._identity())

    def child(self, kind: str) -> Child:
        """Return one of the objects that serve the Compute; `kind` is one of CHILDREN."""
        return Child(self._kube, kind, self.namespace, self.name)

    def watch(self) -> WatchedObject:
        """Return a source of the Compute's object, to be entered; it gives None while there is none."""
        return WatchedObject(self._kube, API_VERSION, KIND, self.name, self.namespace)

    def wait_until_present(self, within: float = CHANGE_SECONDS) -> Object:
        """Wait until the Compute exists, and return it."""
        return self._wait_for_compute(is_present(), "to exist", within)

    def wait_until_ready(
        self, within: float = READY_SECONDS, stop_when: Iterable[StopCondition] = ()
    ) -> Object:
        """Wait until the Compute is Ready, and return it; also stop by other conditions."""
        return self._wait_for_compute(has_condition("Ready"), "to be Ready", within, stop_when)

    def hopeless(self, patience: float | None = None) -> StopWhenHopeless:
        """Return the stop condition that the Compute cannot become ready without a change from outside.

        Args:
            patience: the seconds after which a pod that fits on no node counts as that; see `stop_when_hopeless`.
        """
        return stop_when_hopeless(self._kube, self._identity(), patience)

    def wait_until(self, matcher: Matcher[Any], wanted: str) -> Object:
        """Wait until the Compute matches; `wanted` says the same in words that follow its name. Return it."""
        return self._wait_for_compute(matcher, wanted, CHANGE_SECONDS)

    def wait_until_gone(self, within: float = CHANGE_SECONDS) -> None:
        """Wait until neither the Compute nor anything that served it exists."""
        _eventually(
            self.watch(),
            is_absent(),
            within=within,
            described_as=f"{self} to be gone",
            explain=self.hopeless().explain,
        )
        for kind in CHILDREN:
            self.child(kind).wait_until(is_absent(), "to be gone", within)
        self.pods.wait_for(0, within)

    def _wait_for_compute(
        self,
        matcher: Matcher[Any],
        wanted: str,
        within: float,
        stop_when: Iterable[StopCondition] = (),
    ) -> Object:
        hopeless = self.hopeless()
        found: Object = _eventually(
            self.watch(),
            matcher,
            within=within,
            stop_when=[hopeless, *stop_when],
            described_as=f"{self} {wanted}",
            explain=hopeless.explain,
        )
        return found

    def _identity(self) -> Object:
        metadata = {"name": self.name, "namespace": self.namespace}
        return {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata}


def _eventually(watched: WatchedObject, matcher: Matcher[Any], **options: Any) -> Any:
    with watched:
        return eventually(watched, matcher, **options)

"""A Compute in the Kubernetes API: its object, the objects that it owns, and waits for both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from hamcrest.core.matcher import Matcher

from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import stop_when_hopeless
from maidenhair.kube.diagnosis.hopeless import StopWhenHopeless
from maidenhair.kube.matchers import has_condition, is_absent, is_present
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.skytorch.api.owned_objects import CHANGE_SECONDS, CHILDREN, Child
from maidenhair.systems.skytorch.api.server_pods import ServerPods
from maidenhair.waiting import StopCondition, eventually

API_GROUP = "compute.skytorch.dev"
API_VERSION = f"{API_GROUP}/v1alpha1"
KIND = "Compute"
READY_SECONDS = 120.0
NO_LABELS: Mapping[str, str] = MappingProxyType({})


class ComputeView:
    """One Compute of a namespace. It need not exist yet, and any program may create it.

    Every method raises KubernetesError if the API cannot be used. Waits are driven by watches. They raise WaitTimedOut
    at their time limit, or WaitStopped as soon as no future change can help. Both errors contain the likely cause.

    Args:
        kube: the API client.
        namespace: the namespace.
        name: the Compute's name.
        labels: the labels that a created Compute gets in any case.
    """

    def __init__(
        self, kube: Kube, namespace: str, name: str, labels: Mapping[str, str] = NO_LABELS
    ) -> None:
        self._kube = kube
        self._labels = labels
        self.namespace = namespace
        self.name = name

    def __str__(self) -> str:
        return f"Compute {self.namespace}/{self.name}"

    def apply(self, **spec: Any) -> Object:
        """Create the Compute, or change it, with server-side apply.

        Args:
            **spec: fields of the spec, for example `image="server:1"`.

        Returns:
            The Compute as the API server stored it.

        Raises:
            ApiRefused: the API refused the Compute.
        """
        manifest = self._identity()
        if self._labels:
            manifest["metadata"]["labels"] = dict(self._labels)
        return self._kube.apply({**manifest, "spec": spec})

    def create(
        self,
        spec: Object | None,
        metadata: Object | None = None,
        validation: str | None = None,
        on_warning: Callable[[str], None] | None = None,
        status: Object | None = None,
    ) -> Object:
        """Create the Compute as `kubectl create` does. See `Kube.create`.

        Args:
            spec: the complete spec; None for a Compute without one.
            metadata: fields of the metadata besides the name and the namespace.
            validation: how the API treats unknown fields, for example "Strict".
            on_warning: called with each warning of the API server.
            status: the status in the request; None for none.

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

    def label(self) -> Object:
        """Add the labels to a Compute that a program has created, and return the Compute."""
        labels = {"metadata": {"labels": dict(self._labels)}}
        return self._kube.patch(API_VERSION, KIND, self.name, labels, self.namespace)

    def patch_status(self, **status: Any) -> Object:
        """Change fields of the Compute's status, as an operator does, and return the Compute."""
        return self._kube.patch_status(API_VERSION, KIND, self.name, status, self.namespace)

    def patch(self, **spec: Any) -> Object:
        """Change fields of the Compute's spec, and return the Compute. None removes a field."""
        return self._kube.patch(API_VERSION, KIND, self.name, {"spec": spec}, self.namespace)

    def delete(self) -> None:
        """Delete the Compute. Kubernetes then deletes the objects that it owns."""
        self._kube.delete(API_VERSION, KIND, self.name, self.namespace)

    @property
    def pods(self) -> ServerPods:
        """Return the Compute's pods."""
        return ServerPods(self._kube, self._identity())

    def child(self, kind: str) -> Child:
        """Return the object of a kind that the Compute owns. `kind` is one of CHILDREN."""
        return Child(self._kube, kind, self.namespace, self.name)

    def watch(self) -> WatchedObject:
        """Return a watch of the Compute, a context manager. Its value is None while the Compute does not exist."""
        return WatchedObject(self._kube, API_VERSION, KIND, self.name, self.namespace)

    def wait_until_present(self, within: float = CHANGE_SECONDS) -> Object:
        """Wait until the Compute exists, and return it."""
        return self._wait_for_compute(is_present(), "to exist", within)

    def wait_until_ready(
        self, within: float = READY_SECONDS, stop_when: Iterable[StopCondition] = ()
    ) -> Object:
        """Wait until the Compute is Ready, and return it.

        Args:
            within: the time limit in seconds.
            stop_when: conditions that end the wait early, besides a Compute that cannot become ready.
        """
        return self._wait_for_compute(has_condition("Ready"), "to be Ready", within, stop_when)

    def hopeless(self, patience: float | None = None) -> StopWhenHopeless:
        """Return a stop condition: the Compute cannot become ready unless somebody changes something.

        Args:
            patience: seconds until a pod that fits on no node counts as hopeless. See `stop_when_hopeless`.
        """
        return stop_when_hopeless(self._kube, self._identity(), patience)

    def wait_until(self, matcher: Matcher[Any], wanted: str) -> Object:
        """Wait until the Compute matches, and return it.

        Args:
            matcher: the matcher of the Compute's object.
            wanted: the expected state for the error, for example "to have an address". It follows the Compute's name.
        """
        return self._wait_for_compute(matcher, wanted, CHANGE_SECONDS)

    def wait_until_gone(self, within: float = CHANGE_SECONDS) -> None:
        """Wait until the Compute, the objects of CHILDREN and its pods are gone."""
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

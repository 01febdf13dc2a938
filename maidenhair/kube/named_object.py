"""One object of any kind, found by its kind and name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from hamcrest.core.matcher import Matcher

from maidenhair.errors import ApiRefused
from maidenhair.kube.api_resources import Resource
from maidenhair.kube.client import Kube
from maidenhair.kube.diagnosis.expectation import accepts_absence, expects_success
from maidenhair.kube.diagnosis.explain import stop_when_hopeless
from maidenhair.kube.diagnosis.hopeless import StopWhenHopeless
from maidenhair.kube.diagnosis.shapes import FRAMEWORK_GROUPS, group_of
from maidenhair.kube.matchers import is_present
from maidenhair.kube.objects import Object, format_name
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import StopCondition, eventually

CHANGE_SECONDS = 60.0
READY_SECONDS = 120.0
NOT_FOUND = 404


class NamedObject:
    """An object by its kind and name. The object need not exist.

    Every method raises KubernetesError when the API cannot be used.

    Args:
        kube: the API client.
        kind: the kind, for example "StatefulSet"; see `Discovery.resource_of_kind`.
        name: the object's name, or "namespace/name" for an object of another namespace.
        namespace: the namespace of a `name` without one; ignored for kinds without namespaces.

    Example:
        >>> made = kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "colours"}})
        >>> NamedObject(kube, "ConfigMap", "colours", "default").wait_until_present()["metadata"]["name"]
        'colours'
    """

    def __init__(self, kube: Kube, kind: str, name: str, namespace: str) -> None:
        self._kube = kube
        self.kind = kind
        named, _, self.name = name.rpartition("/")
        self._namespace = named or namespace

    def __str__(self) -> str:
        return format_name(self.kind, self.name, self.namespace)

    @property
    def api_version(self) -> str:
        """Return the group and version that serve the object; "" while none does."""
        return self._resource.api_version if self._resource else ""

    @property
    def namespace(self) -> str | None:
        """Return the object's namespace; None for kinds without namespaces."""
        namespaced = self._resource is None or self._resource.namespaced
        return self._namespace if namespaced else None

    @cached_property
    def _resource(self) -> Resource | None:
        """The kind that is served, or None if it is not served, but was before or is expected."""
        try:
            return self._kube.discovery.resource_of_kind(self.kind)
        except ApiRefused as refused:
            if refused.status != NOT_FOUND:
                raise
            self._kube.check_kind_known("", self.kind)
            return None

    def identity(self) -> Object:
        """Return the object's apiVersion, kind, name and namespace as a manifest."""
        namespace = {"namespace": self.namespace} if self.namespace else {}
        metadata = {"name": self.name, **namespace}
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": metadata}

    def watch(self) -> WatchedObject:
        """Return a source of the object's latest state. Enter it before you read it."""
        # A custom resource is followed to another version, should its definition be replaced.
        of_kubernetes = group_of(self.api_version) in FRAMEWORK_GROUPS
        version = self.api_version if of_kubernetes else ""
        return WatchedObject(self._kube, version, self.kind, self.name, self.namespace)

    def hopeless(self, patience: float | None = None) -> StopWhenHopeless:
        """Return the stop condition for waits that no future change can help; see `stop_when_hopeless`."""
        return stop_when_hopeless(self._kube, self.identity(), patience)

    def wait_until(
        self,
        matcher: Matcher[Any],
        expectation: str,
        within: float = CHANGE_SECONDS,
        stop_when: StopCondition | None = None,
    ) -> Object | None:
        """Wait until the object matches, and return it.

        If the kind is not served, the object does not exist. The wait then goes on if the kind is expected; see
        `Kube.expect_kinds`.

        Args:
            matcher: the matcher; None stands for an object that does not exist.
            expectation: the expectation as text that follows the object's name, for example "to exist".
            within: the time limit in seconds.
            stop_when: a condition that ends the wait early. Default: `hopeless`, if success is expected.

        Raises:
            ApiRefused: the kind is not served and not expected, but an object is. The error names similar kinds.
            WaitTimedOut: the object did not match in time.
            WaitStopped: `stop_when` ended the wait.
        """
        if stop_when is None and expects_success(matcher):
            stop_when = self.hopeless()
        if self._resource is None and not accepts_absence(matcher):
            self._kube.check_kind_expected("", self.kind)
        with self.watch() as watched:
            found: Object | None = eventually(
                watched,
                matcher,
                within=within,
                described_as=f"{self} {expectation}",
                stop_when=[stop_when] if stop_when else [],
                explain=self._explain,
            )
        return found

    def wait_until_present(self) -> Object:
        """Wait until the object exists and is not being deleted, and return it."""
        return self.wait_until(is_present(), "to exist") or {}

    def delete(self) -> Object | None:
        """Delete the object, and return its last state. Do nothing and return None if it does not exist."""
        place = (self.api_version, self.kind, self.name, self.namespace)
        found = self._kube.get(*place)
        if found is not None:
            self._kube.delete(*place, uid=found["metadata"]["uid"])
        return found

    def patch(self, body: Mapping[str, Any]) -> Object:
        """Merge `body` into the object, and return the object. A value of None removes a field."""
        return self._kube.patch(self.api_version, self.kind, self.name, body, self.namespace)

    def _explain(self) -> str:
        # The kind may be served by now.
        now = NamedObject(self._kube, self.kind, self.name, self._namespace)
        if now._resource is None:
            return (
                f"the API server does not serve kind {self.kind}: its CustomResourceDefinition does not exist, "
                "or is not established yet"
            )
        return now.hopeless().explain()

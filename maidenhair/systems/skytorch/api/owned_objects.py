"""The objects that the operator creates for a Compute. All have the Compute's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamcrest.core.matcher import Matcher

from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import is_present
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually

CHILDREN = {
    "Service": "v1",
    "GRPCRoute": "gateway.networking.k8s.io/v1",
    "StatefulSet": "apps/v1",
}
"""The kinds of the objects that a Compute owns, with their API versions."""

BREAKING_CHANGES: Mapping[str, Object] = {
    "Service": {"selector": {"app.kubernetes.io/instance": "another"}},
    "GRPCRoute": {"rules": [{"backendRefs": [{"name": "another", "port": 1}]}]},
    "StatefulSet": {"replicas": 2},
}
"""A change of the spec of each kind after which the object no longer serves the Compute correctly."""

CHANGE_SECONDS = 60.0


class Child:
    """One of the objects that a Compute owns. It need not exist.

    Every method raises KubernetesError if the API cannot be used. Waits raise WaitTimedOut.

    Args:
        kube: the API.
        kind: one of CHILDREN.
        namespace: the Compute's namespace.
        name: the Compute's name.
    """

    def __init__(self, kube: Kube, kind: str, namespace: str, name: str) -> None:
        self._kube = kube
        self._place = (CHILDREN[kind], kind, name, namespace)

    def __str__(self) -> str:
        _, kind, name, namespace = self._place
        return f"{kind} {namespace}/{name}"

    def change(self, spec: Object) -> Object:
        """Wait until the object exists, and merge `spec` into its spec. None removes a field.

        Returns:
            The object as it was before the change.
        """
        before: Object = self.wait_until(is_present(), "to exist")
        api_version, kind, name, namespace = self._place
        self._kube.patch(api_version, kind, name, {"spec": spec}, namespace)
        return before

    def wait_until(self, matcher: Matcher[Any], wanted: str, within: float = CHANGE_SECONDS) -> Any:
        """Wait until the object matches, and return it.

        Args:
            matcher: the matcher of the object, or of None while it does not exist.
            wanted: the expected state for the error, for example "to exist". It follows the object's name.
            within: the time limit in seconds.
        """
        with WatchedObject(self._kube, *self._place) as watched:
            return eventually(watched, matcher, within=within, described_as=f"{self} {wanted}")

"""The objects that the operator makes for a Compute, which all have its name."""

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
"""The kinds of what serves a Compute, with their API versions."""

SPOILT: Mapping[str, Object] = {
    "Service": {"selector": {"app.kubernetes.io/instance": "another"}},
    "GRPCRoute": {"rules": [{"backendRefs": [{"name": "another", "port": 1}]}]},
    "StatefulSet": {"replicas": 2},
}
"""Of each kind a change of its spec with which it would serve the Compute no more, or not as it should."""

CHANGE_SECONDS = 60.0


class Child:
    """One of the objects that serve a Compute; it need not exist.

    Every method raises KubernetesError when the API cannot be used; waits raise WaitTimedOut.

    Args:
        kube: the API.
        kind: one of CHILDREN.
        namespace: the Compute's.
        name: the Compute's.
    """

    def __init__(self, kube: Kube, kind: str, namespace: str, name: str) -> None:
        self._kube = kube
        self._place = (CHILDREN[kind], kind, name, namespace)

    def __str__(self) -> str:
        _, kind, name, namespace = self._place
        return f"{kind} {namespace}/{name}"

    def change(self, spec: Object) -> Object:
        """Wait until it exists, merge `spec` into its own (None removes a field), and return it as it was."""
        there: Object = self.wait_until(is_present(), "to exist")
        api_version, kind, name, namespace = self._place
        self._kube.patch(api_version, kind, name, {"spec": spec}, namespace)
        return there

    def wait_until(self, matcher: Matcher[Any], wanted: str, within: float = CHANGE_SECONDS) -> Any:
        """Wait until it is as wanted, and return it.

        Args:
            matcher: what it has to match.
            wanted: the same in words that follow its name, such as "to exist".
            within: seconds until giving up.
        """
        with WatchedObject(self._kube, *self._place) as watched:
            return eventually(watched, matcher, within=within, described_as=f"{self} {wanted}")

"""An outage of the SkyTorch operator, for the specs of Computes without their operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hamcrest import has_length

from maidenhair.errors import StackError
from maidenhair.kube import Kube
from maidenhair.kube.matchers.rolled_out import is_rolled_out
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE, OPERATOR
from maidenhair.waiting import eventually

STOP_SECONDS = 60.0
START_SECONDS = 120.0
_PLACE = ("apps/v1", "Deployment", OPERATOR)


@contextmanager
def operator_away(kube: Kube) -> Iterator[None]:
    """Stop the operator and wait until its pods are gone. Start it again when the context is left.

    The whole cluster is without the operator meanwhile. Leaving the context waits until the operator is available.

    Raises:
        StackError: the operator does not exist.
        KubernetesError: the API could not be used.
        WaitTimedOut: the operator did not stop, or did not start, in time.
    """
    deployment = kube.get(*_PLACE, NAMESPACE)
    if deployment is None:
        raise StackError(
            f"cannot stop the SkyTorch operator: Deployment {NAMESPACE}/{OPERATOR} does not exist; "
            "deploy the SkyTorch stack"
        )
    labels = deployment["spec"]["selector"]["matchLabels"]
    selector = ",".join(f"{name}={value}" for name, value in labels.items())
    try:
        _scale(kube, 0)
        with WatchedObjects(kube, "v1", "Pod", NAMESPACE, label_selector=selector) as pods:
            gone = f"all pods of Deployment {NAMESPACE}/{OPERATOR} to be gone"
            eventually(pods, has_length(0), within=STOP_SECONDS, described_as=gone)
        yield
    finally:
        _scale(kube, deployment["spec"].get("replicas", 1))
        with WatchedObject(kube, *_PLACE, NAMESPACE) as watched:
            back = f"Deployment {NAMESPACE}/{OPERATOR} to be available"
            eventually(watched, is_rolled_out(), within=START_SECONDS, described_as=back)


def _scale(kube: Kube, replicas: int) -> None:
    kube.patch(*_PLACE, {"spec": {"replicas": replicas}}, NAMESPACE)

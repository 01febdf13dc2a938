"""A simulated outage of the stack's Gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from maidenhair.errors import StackError
from maidenhair.kube import Kube, Object
from maidenhair.kube.objects import Objects, conditions
from maidenhair.systems.skytorch.stack.endpoint import GATEWAY_API
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE
from maidenhair.systems.skytorch.stack.state import GATEWAY


@contextmanager
def gateway_unprogrammed(kube: Kube) -> Iterator[None]:
    """Set the Gateway's condition Programmed to False, and restore its conditions when the context is left.

    Only the status changes: the Gateway still routes. Its controller may restore the status at any time.

    Raises:
        StackError: the Gateway does not exist.
        KubernetesError: the API could not be used.
    """
    before = _conditions(kube)
    _write(kube, [_denied(each) if each["type"] == "Programmed" else each for each in before])
    try:
        yield
    finally:
        _write(kube, before)


def _denied(condition: Object) -> Object:
    return {**condition, "status": "False", "reason": "Pending", "message": "set by a spec"}


def _conditions(kube: Kube) -> Objects:
    gateway = kube.get(GATEWAY_API, "Gateway", GATEWAY, NAMESPACE)
    if gateway is None:
        raise StackError(
            f"cannot change the status of Gateway {NAMESPACE}/{GATEWAY}: it does not exist; deploy the SkyTorch stack"
        )
    return conditions(gateway)


def _write(kube: Kube, status: Objects) -> None:
    kube.patch_status(GATEWAY_API, "Gateway", GATEWAY, {"conditions": status}, NAMESPACE)

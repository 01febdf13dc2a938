"""What the Gateway of the stack says of itself, and having it say something else for a while."""

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
    """Have the status of the Gateway say that it is not programmed, and what it said before when the context is left.

    It routes as ever; only who reads its status sees a difference. Its controller may restore the status at any time.

    Raises:
        StackError: there is no Gateway.
        KubernetesError: the API could not be used.
    """
    before = _conditions(kube)
    _write(kube, [_denied(each) if each["type"] == "Programmed" else each for each in before])
    try:
        yield
    finally:
        _write(kube, before)


def _denied(condition: Object) -> Object:
    return {**condition, "status": "False", "reason": "Pending", "message": "a spec says so"}


def _conditions(kube: Kube) -> Objects:
    gateway = kube.get(GATEWAY_API, "Gateway", GATEWAY, NAMESPACE)
    if gateway is None:
        raise StackError(
            f"read the Gateway {NAMESPACE}/{GATEWAY}: there is none; deploy the SkyTorch stack"
        )
    return conditions(gateway)


def _write(kube: Kube, status: Objects) -> None:
    kube.patch_status(GATEWAY_API, "Gateway", GATEWAY, {"conditions": status}, NAMESPACE)

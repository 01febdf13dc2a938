"""A simulated outage of the stack's Gateway."""

from __future__ import annotations

import time
from collections.abc import Callable

from maidenhair.errors import StackError, WaitTimedOut
from maidenhair.kube import Kube, Object
from maidenhair.kube.objects import Objects, conditions
from maidenhair.systems.skytorch.stack.endpoint import GATEWAY_API
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE
from maidenhair.systems.skytorch.stack.state import GATEWAY

AGAIN_SECONDS = 1.0


def unprogram_until(kube: Kube, wait: Callable[[float], object], within: float) -> None:
    """Set the Gateway's condition Programmed to False until a wait ends, and restore its conditions.

    Only the status changes: the Gateway still routes. Its controller may restore the status before anybody has seen
    it, so it is set again each second.

    Args:
        kube: the API.
        wait: waits for a number of seconds, and raises WaitTimedOut if that was not enough.
        within: seconds after which WaitTimedOut is passed on.

    Raises:
        StackError: the Gateway does not exist.
        WaitTimedOut: the wait did not end in time.
        KubernetesError: the API could not be used.
    """
    before = _conditions(kube)
    denied = [_denied(each) if each["type"] == "Programmed" else each for each in before]
    deadline = time.monotonic() + within
    try:
        while True:
            _write(kube, denied)
            try:
                wait(AGAIN_SECONDS)
                return
            except WaitTimedOut:
                if time.monotonic() > deadline:
                    raise
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

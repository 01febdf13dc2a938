"""The webhook: it sets the scheduler of new pods that request devices, and refuses malformed requests."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hami_scheduler.requests import Object, requested, whole_number
from hami_scheduler.vendors import VENDORS, Vendor

DEFAULT_SCHEDULER = "default-scheduler"
PRIORITY = "nvidia.com/priority"
PRIORITY_VARIABLE = "CUDA_TASK_PRIORITY"

Patch = list[dict[str, Any]]


@dataclass(frozen=True)
class Refusal(Exception):
    """The webhook refuses a pod.

    Attributes:
        message: the reason.
        code: the HTTP status of the answer.
    """

    message: str
    code: int = 403


@dataclass(frozen=True)
class Admission:
    """The rules of the webhook.

    Attributes:
        scheduler: the scheduler of pods that request devices.
        overwrites_default: whether to replace Kubernetes' default scheduler, which is also the scheduler of pods that
            name none.
    """

    scheduler: str
    overwrites_default: bool = True

    def review(self, review: Object) -> Object:
        """Answer an AdmissionReview, in the same version."""
        request = review.get("request") or {}
        response: dict[str, Any] = {"uid": request.get("uid", ""), "allowed": True}
        try:
            patch = self.patch(request.get("object") or {})
        except Refusal as refusal:
            response["allowed"] = False
            response["status"] = {"code": refusal.code, "message": refusal.message}
        else:
            if patch:
                response["patchType"] = "JSONPatch"
                response["patch"] = base64.b64encode(json.dumps(patch).encode()).decode()
        return {
            "apiVersion": review.get("apiVersion", "admission.k8s.io/v1"),
            "kind": "AdmissionReview",
            "response": response,
        }

    def patch(self, pod: Object) -> Patch:
        """Return the changes of a new pod, as a JSON patch; empty if the pod requests no devices.

        Raises:
            Refusal: a request is malformed, or the pod names a node already.
        """
        spec = pod.get("spec") or {}
        if not self._is_ours(spec.get("schedulerName") or ""):
            return []
        patch: Patch = []
        has_requests = False
        for kind in ("initContainers", "containers"):
            for index, container in enumerate(spec.get(kind) or []):
                if not _is_privileged(container):
                    own = _container_patch(container, f"/spec/{kind}/{index}")
                    has_requests = has_requests or own is not None
                    patch += own or []
        if not has_requests:
            return []
        if spec.get("nodeName"):
            raise Refusal("pod has node assigned")
        if spec.get("schedulerName") != self.scheduler:
            patch.append({"op": "add", "path": "/spec/schedulerName", "value": self.scheduler})
        return patch

    def _is_ours(self, named: str) -> bool:
        if named == DEFAULT_SCHEDULER:
            return self.overwrites_default
        return named in ("", self.scheduler)


def _is_privileged(container: Object) -> bool:
    return bool((container.get("securityContext") or {}).get("privileged"))


def _container_patch(container: Object, path: str) -> Patch | None:
    """Return the changes of a container, as a JSON patch; None if it requests no devices."""
    limits = (container.get("resources") or {}).get("limits") or {}
    patch: Patch = []
    has_requests = False
    for vendor in VENDORS:
        _check(container, vendor)
        implied = [name for name in (vendor.memory, vendor.percentage, vendor.cores) if name]
        if vendor.count in limits:
            has_requests = True
            patch += _sized(container, vendor, path)
        elif vendor.implied_count and any(name in limits for name in implied):
            has_requests = True
            at = f"{path}/resources/limits/{_escaped(vendor.count)}"
            patch.append({"op": "add", "path": at, "value": "1"})
    patch += _prioritised(container, limits, path)
    return patch if has_requests else None


def _check(container: Object, vendor: Vendor) -> None:
    for kind in ("limits", "requests"):
        named = (container.get("resources") or {}).get(kind) or {}
        if not vendor.percentage or vendor.percentage not in named:
            continue
        percentage = whole_number(named[vendor.percentage])
        if percentage is None or not 0 <= percentage <= 100:
            raise Refusal(
                f"container {container.get('name', '')} requests {named[vendor.percentage]} of "
                f"{vendor.percentage}; request a whole number from 0 to 100"
            )


def _sized(container: Object, vendor: Vendor, path: str) -> Patch:
    """Return the changes that round memory up to the next size of the vendor's shares, as a JSON patch."""
    memory = requested(container, vendor.memory)
    if not vendor.memory_steps or not memory:
        return []
    size = next((step for step in vendor.memory_steps if memory <= step), vendor.memory_steps[-1])
    if size == memory:
        return []
    key = _escaped(vendor.memory)
    return [
        {"op": "add", "path": f"{path}/resources/{kind}/{key}", "value": str(size)}
        for kind in ("limits", "requests")
        if vendor.memory in ((container.get("resources") or {}).get(kind) or {})
    ]


def _prioritised(container: Object, limits: Mapping[str, Any], path: str) -> Patch:
    if PRIORITY not in limits:
        return []
    variable = {"name": PRIORITY_VARIABLE, "value": str(limits[PRIORITY])}
    if container.get("env"):
        return [{"op": "add", "path": f"{path}/env/-", "value": variable}]
    return [{"op": "add", "path": f"{path}/env", "value": [variable]}]


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")

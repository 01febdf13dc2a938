"""What the webhook makes of a pod that is to be created."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hami_scheduler.requests import Object, asked, whole_number
from hami_scheduler.vendors import VENDORS, Vendor

DEFAULT_SCHEDULER = "default-scheduler"
PRIORITY = "nvidia.com/priority"
PRIORITY_VARIABLE = "CUDA_TASK_PRIORITY"

Patch = list[dict[str, Any]]


@dataclass(frozen=True)
class Refusal(Exception):
    """A pod may not be created."""

    message: str
    code: int = 403


@dataclass(frozen=True)
class Admission:
    """How pods are admitted.

    Attributes:
        scheduler: the scheduler that pods with devices get.
        overwrites_default: whether pods that name Kubernetes' own scheduler get it too; Kubernetes writes that name
            into every pod that names none.
    """

    scheduler: str
    overwrites_default: bool = True

    def review(self, review: Object) -> Object:
        """Return the answer to an AdmissionReview, of the same version."""
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
        """Return what has to change of a pod, in JSON patch's notation.

        Raises:
            Refusal: it asks for what no device can give, or is bound to a node already.
        """
        spec = pod.get("spec") or {}
        if not self._is_ours(spec.get("schedulerName") or ""):
            return []
        patch: Patch = []
        asks = False
        for kind in ("initContainers", "containers"):
            for index, container in enumerate(spec.get(kind) or []):
                if not _is_privileged(container):
                    own = _container_patch(container, f"/spec/{kind}/{index}")
                    asks = asks or own is not None
                    patch += own or []
        if not asks:
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
    """Return what has to change of a container, None where it asks for no devices."""
    limits = (container.get("resources") or {}).get("limits") or {}
    patch: Patch = []
    asks = False
    for vendor in VENDORS:
        _check(container, vendor)
        implied = [name for name in (vendor.memory, vendor.percentage, vendor.cores) if name]
        if vendor.count in limits:
            asks = True
            patch += _sized(container, vendor, path)
        elif vendor.implied_count and any(name in limits for name in implied):
            asks = True
            at = f"{path}/resources/limits/{_escaped(vendor.count)}"
            patch.append({"op": "add", "path": at, "value": "1"})
    patch += _prioritised(container, limits, path)
    return patch if asks else None


def _check(container: Object, vendor: Vendor) -> None:
    for kind in ("limits", "requests"):
        named = (container.get("resources") or {}).get(kind) or {}
        if not vendor.percentage or vendor.percentage not in named:
            continue
        percentage = whole_number(named[vendor.percentage])
        if percentage is None or not 0 <= percentage <= 100:
            raise Refusal(
                f"container {container.get('name', '')} asks for {named[vendor.percentage]} of "
                f"{vendor.percentage}, which has to be a whole number from 0 to 100"
            )


def _sized(container: Object, vendor: Vendor, path: str) -> Patch:
    """Return how to round memory up to a size that the vendor's shares can have."""
    memory = asked(container, vendor.memory)
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

"""The webhook: it sets the scheduler of new pods that request devices, completes their requests and refuses others."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hami_scheduler.completion import RequestError, complete
from hami_scheduler.requests import Object, containers_of, request_of
from hami_scheduler.vendors import VENDORS, Vendor

DEFAULT_SCHEDULER = "default-scheduler"
FORBIDDEN, ERROR = 403, 500

Patch = list[dict[str, Any]]
FitsQuota = Callable[[str, Vendor, int, int], bool]
"""Whether a namespace's quota has room for this memory in MiB and these cores of a vendor's devices."""


@dataclass(eq=False)
class Refusal(Exception):
    """The webhook refuses a pod.

    Attributes:
        message: the reason.
        code: the HTTP status of the answer.
    """

    message: str
    code: int = FORBIDDEN


@dataclass(frozen=True)
class Admission:
    """The rules of the webhook.

    Attributes:
        scheduler: the scheduler of pods that request devices.
        fits_quota: whether a namespace's quota has room for a request.
        overwrites_default: whether to replace Kubernetes' default scheduler, which is also the scheduler of pods that
            name none.
        vendors: the vendors that the scheduler knows.
    """

    scheduler: str
    fits_quota: FitsQuota
    overwrites_default: bool = True
    vendors: tuple[Vendor, ...] = VENDORS

    def review(self, review: Object) -> Object:
        """Answer an AdmissionReview, in the same version."""
        request = review.get("request") or {}
        response: dict[str, Any] = {"uid": request.get("uid", ""), "allowed": True}
        try:
            pod = request.get("object") or {}
            patch = self.patch(pod, request.get("namespace") or "")
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

    def patch(self, pod: Object, namespace: str = "") -> Patch:
        """Return the changes of a new pod, as a JSON patch; empty if there are none.

        Args:
            pod: the pod.
            namespace: the pod's namespace, which the pod need not name.

        Raises:
            Refusal: the pod must not be created.
        """
        changed = self.completed(pod, namespace)
        patch: Patch = []
        if changed.get("spec") != pod.get("spec"):
            patch.append({"op": "add", "path": "/spec", "value": changed["spec"]})
        if changed.get("metadata") != pod.get("metadata"):
            patch.append({"op": "add", "path": "/metadata", "value": changed["metadata"]})
        return patch

    def completed(self, pod: Object, namespace: str = "") -> Object:
        """Return a new pod as the webhook changes it. The arguments and errors are those of `patch`."""
        pod = copy.deepcopy(pod)
        spec = pod.get("spec") or {}
        if not spec.get("containers"):
            raise Refusal("pod has no containers")
        if not self._is_ours(spec.get("schedulerName") or ""):
            return pod
        has_requests = self._complete(pod)
        privileged = next((each for each in containers_of(pod) if _is_privileged(each)), None)
        if has_requests and privileged is not None:
            raise Refusal(f"container {privileged.get('name', '')} is privileged")
        if has_requests:
            spec["schedulerName"] = self.scheduler
            if spec.get("nodeName"):
                raise Refusal("pod has node assigned")
        if not self._is_in_quota(pod, namespace):
            raise Refusal("exceeding resource quota")
        return pod

    def _complete(self, pod: Object) -> bool:
        """Complete the requests of a pod; return whether any container requests devices."""
        try:
            found = [
                complete(container, vendor, pod)
                for container in containers_of(pod)
                for vendor in self.vendors
            ]
        except RequestError as error:
            raise Refusal(str(error), ERROR) from error
        return any(found)

    def _is_ours(self, named: str) -> bool:
        if named == DEFAULT_SCHEDULER:
            return self.overwrites_default
        return named in ("", self.scheduler)

    def _is_in_quota(self, pod: Object, namespace: str) -> bool:
        spec = pod["spec"]
        for vendor in self.vendors:
            if not (vendor.memory or vendor.cores):
                continue
            every = [_requested(each, vendor) for each in spec["containers"]]
            init = [_requested(each, vendor) for each in spec.get("initContainers") or []]
            # Init containers run one after the other, before the other containers.
            memory, cores = (
                max(sum(each[index] for each in every), *(each[index] for each in init), 0)
                for index in (0, 1)
            )
            if (memory or cores) and not self.fits_quota(namespace, vendor, memory, cores):
                return False
        return True


def _requested(container: Object, vendor: Vendor) -> tuple[int, int]:
    """Return the memory in MiB and the cores that a container requests; a request for whole memory counts 0."""
    request = request_of(container, vendor)
    if request is None:
        return 0, 0
    memory = request.slices or request.memory
    return memory * request.count, request.cores * request.count


def _is_privileged(container: Object) -> bool:
    return bool((container.get("securityContext") or {}).get("privileged"))

"""A fake API server for the HAMi stand-in, and objects for it."""

from __future__ import annotations

import copy
import json
from typing import Any

from hami_scheduler.api import ApiError

NVIDIA = "hami.io/node-nvidia-register"
ALLOCATED = "hami.io/vgpu-devices-allocated"
TO_ALLOCATE = "hami.io/vgpu-devices-to-allocate"


def device(id: str, **other: Any) -> dict[str, Any]:
    usual = {"count": 10, "devmem": 1000, "devcore": 100, "type": "NVIDIA-A100", "health": True}
    return {"id": id, **usual, **other}


def node(name: str, *devices: dict[str, Any], **annotations: str) -> dict[str, Any]:
    listed = [{"index": index, **each} for index, each in enumerate(devices)]
    own = {NVIDIA: json.dumps(listed)} if devices else {}
    return {"metadata": {"name": name, "resourceVersion": "1", "annotations": own | annotations}}


def container(name: str = "main", **limits: Any) -> dict[str, Any]:
    """Return a container; `gpu=1` requests nvidia.com/gpu. Pass full names in a dictionary."""
    named = {
        key if "/" in key else f"nvidia.com/{key.replace('_', '-')}": str(value)
        for key, value in limits.items()
    }
    return {"name": name, "resources": {"limits": named}} if named else {"name": name}


def pod(
    name: str,
    *containers: dict[str, Any],
    init: tuple[dict[str, Any], ...] = (),
    namespace: str = "lab",
    annotations: dict[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{name}",
            "resourceVersion": "1",
            "annotations": annotations or {},
        },
        "spec": {"initContainers": list(init), "containers": list(containers)},
        "status": {"phase": "Pending"},
    }


def quota(name: str, namespace: str = "lab", **hard: Any) -> dict[str, Any]:
    limits = {f"limits.nvidia.com/{key}": str(value) for key, value in hard.items()}
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"hard": limits}}


class Cluster:
    """An API server with objects in memory; `broken` has the errors of methods, by the method's name."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        self.pods: dict[tuple[str, str], dict[str, Any]] = {}
        self.nodes: dict[str, dict[str, Any]] = {}
        self.bound: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []
        self.broken: dict[str, ApiError] = {}
        self.version = 100
        for each in objects:
            self.add(each)

    def add(self, item: dict[str, Any]) -> dict[str, Any]:
        metadata = item["metadata"]
        if "namespace" in metadata:
            self.pods[metadata["namespace"], metadata["name"]] = item
        else:
            self.nodes[metadata["name"]] = item
        return item

    async def pod(self, namespace: str, name: str) -> dict[str, Any] | None:
        self._fail("pod")
        return copy.deepcopy(self.pods.get((namespace, name)))

    async def node(self, name: str) -> dict[str, Any] | None:
        self._fail("node")
        return copy.deepcopy(self.nodes.get(name))

    async def annotate_pod(
        self, pod: dict[str, Any], annotations: Any, labels: Any = None
    ) -> dict[str, Any]:
        self._fail("annotate_pod")
        metadata = pod["metadata"]
        found = self.pods.get((metadata["namespace"], metadata["name"]))
        if found is None or found["metadata"]["uid"] != metadata["uid"]:
            raise ApiError("PATCH pod", 404, "not found")
        found["metadata"].setdefault("labels", {}).update(labels or {})
        return self._annotate(found, annotations)

    async def annotate_node(self, name: str, annotations: Any, version: str) -> dict[str, Any]:
        self._fail("annotate_node")
        found = self.nodes[name]
        if found["metadata"]["resourceVersion"] != version:
            raise ApiError("PATCH node", 409, "the object has been modified")
        return self._annotate(found, annotations)

    async def bind(self, namespace: str, name: str, uid: str, node: str) -> None:
        self._fail("bind")
        self.bound[name] = node

    async def create_event(self, event: dict[str, Any]) -> None:
        self._fail("create_event")
        self.events.append(event)

    async def patch_event(self, event: dict[str, Any]) -> None:
        self._fail("patch_event")
        self.events.append(event)

    def recorded(self) -> list[tuple[str, str]]:
        return [(event["reason"], event["message"]) for event in self.events]

    def annotations(self, name: str) -> dict[str, str]:
        found = self.nodes.get(name) or self.pods["lab", name]
        own: dict[str, str] = found["metadata"]["annotations"]
        return own

    def _annotate(self, item: dict[str, Any], annotations: Any) -> dict[str, Any]:
        own = item["metadata"].setdefault("annotations", {})
        for key, value in annotations.items():
            own.pop(key, None)
            if value is not None:
                own[key] = value
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        return copy.deepcopy(item)

    def _fail(self, method: str) -> None:
        if method in self.broken:
            raise self.broken[method]

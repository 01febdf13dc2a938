"""What is kept of a failed spec's namespace before it is torn down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import yaml

from maidenhair.errors import KubernetesError
from maidenhair.kube.client import Kube
from maidenhair.kube.explain import explain
from maidenhair.kube.facts import moment
from maidenhair.kube.manifests import Object, Objects, described

T = TypeVar("T")
U = TypeVar("U")

LOG_LINES = 2000
LOG_BYTES = 1024 * 1024
EVENTS_SHOWN = 20
REDACTED = "<redacted>"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
OWNERS = ("Compute", "StatefulSet", "Deployment", "Pod")

KINDS = (
    ("compute.skytorch.dev/v1alpha1", "Compute"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "Pod"),
    ("v1", "Service"),
    ("gateway.networking.k8s.io/v1", "GRPCRoute"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "ResourceQuota"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
)
"""The kinds that are kept, in the order in which one reads them."""


def collect(kube: Kube, namespace: str, folder: Path) -> str:
    """Write a namespace's objects, events and logs into a folder, and return a summary.

    Files: `objects.yaml` (without managed fields, secrets redacted), `events.txt` (oldest first) and
    `<pod>.<container>[.previous].log` (the last 2000 lines, at most 1 MiB). What cannot be had is
    told in the summary: diagnostics must not hide the failure that they are for.

    Args:
        kube: the API.
        namespace: the namespace.
        folder: where the files go; made if it is missing.
    """
    return _Collection(kube, namespace, folder).run()


class _Collection:
    """One collection: what it could not have is noted rather than raised."""

    def __init__(self, kube: Kube, namespace: str, folder: Path) -> None:
        self._kube = kube
        self._namespace = namespace
        self._folder = folder
        self._missing: list[str] = []

    def run(self) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        objects = self._objects()
        events = sorted(self._list("v1", "Event"), key=moment)
        lines = [_told_event(each) for each in events]
        cleaned = [_cleaned(each) for each in objects]
        self._write("objects.yaml", yaml.safe_dump_all(cleaned, sort_keys=False))
        self._write("events.txt", "".join(f"{line}\n" for line in lines))
        for each in objects:
            if each["kind"] == "Pod":
                self._write_logs(each)
        parts = [
            f"Diagnostics of Namespace {self._namespace} (in {self._folder}):",
            *(f"  {line}" for line in self._causes(objects)),
            *(f"  {line}" for each in objects for line in _states(each)),
            *(f"  {line}" for line in lines[-EVENTS_SHOWN:]),
            *(f"  not available: {each}" for each in self._missing),
        ]
        return "\n".join(parts)

    def _objects(self) -> Objects:
        return [each for api_version, kind in KINDS for each in self._list(api_version, kind)]

    def _list(self, api_version: str, kind: str) -> Objects:
        return self._try(lambda: self._kube.list(api_version, kind, self._namespace), [])

    def _causes(self, objects: Objects) -> list[str]:
        """Return why each Compute, or else each workload, is not as it should be."""
        for kind in OWNERS:
            causes = [self._cause(each) for each in objects if each["kind"] == kind]
            if causes:
                return [line for cause in causes for line in cause.splitlines()]
        return []

    def _cause(self, owner: Object) -> str:
        return self._try(lambda: explain(self._kube, owner), "")

    def _write_logs(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        status = pod.get("status") or {}
        for each in [
            *(status.get("initContainerStatuses") or []),
            *(status.get("containerStatuses") or []),
        ]:
            if not _has_run(each):
                continue
            self._write_log(name, each["name"], previous=False)
            if each.get("restartCount"):
                self._write_log(name, each["name"], previous=True)

    def _write_log(self, pod: str, container: str, previous: bool) -> None:
        def read() -> str:
            limits = (previous, LOG_LINES, LOG_BYTES)
            return self._kube.pod_logs(self._namespace, pod, container, *limits)

        text = self._try(read, None)
        if text is not None:
            self._write(f"{pod}.{container}{'.previous' if previous else ''}.log", text)

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text, encoding="utf-8")

    def _try(self, ask: Callable[[], T], otherwise: U) -> T | U:
        try:
            return ask()
        except KubernetesError as error:
            self._missing.append(str(error))
            return otherwise


def _cleaned(kept: Object) -> Object:
    """Return an object without managed fields and without what a Secret hides."""
    metadata = {key: value for key, value in kept["metadata"].items() if key != "managedFields"}
    if kept["kind"] != "Secret":
        return {**kept, "metadata": metadata}
    annotations = metadata.get("annotations") or {}
    if LAST_APPLIED in annotations:
        metadata["annotations"] = {**annotations, LAST_APPLIED: REDACTED}
    hidden: Object = {
        field: dict.fromkeys(kept[field] or {}, REDACTED)
        for field in ("data", "stringData")
        if field in kept
    }
    return {**kept, "metadata": metadata, **hidden}


def _states(kept: Object) -> list[str]:
    """Return the conditions that are not True, and the containers that do not run."""
    status = kept.get("status") or {}
    lines = [
        f"{described(kept)}: {each['type']} is {each['status']} "
        f"({each.get('reason', '')}: {each.get('message', '')})"
        for each in status.get("conditions") or []
        # ContainersReady says no more than Ready.
        if each.get("status") != "True" and each.get("type") != "ContainersReady"
    ]
    for each in status.get("containerStatuses") or []:
        for state, detail in (each.get("state") or {}).items():
            if state != "running":
                why = ": ".join(str(detail[key]) for key in ("reason", "message") if key in detail)
                lines.append(f"{described(kept)}: container {each['name']} is {state} ({why})")
    return lines


def _has_run(container_status: Object) -> bool:
    state = container_status.get("state") or {}
    return "waiting" not in state or bool(container_status.get("restartCount"))


def _told_event(event: Object) -> str:
    involved = event["involvedObject"]
    times = f" ({event['count']} times)" if event.get("count", 0) > 1 else ""
    return (
        f"{moment(event)} {event.get('type')} {involved.get('kind')} {involved.get('name')}: "
        f"{event.get('reason')}: {event.get('message')}{times}"
    )

"""Collect diagnostics of a failed spec's namespace before it is deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from maidenhair.errors import ApiRefused
from maidenhair.kube.diagnosis.budget import Budget
from maidenhair.kube.diagnosis.describe import (
    describe_node,
    describe_object,
    format_event,
    problems_of,
)
from maidenhair.kube.diagnosis.explain import Client, explain
from maidenhair.kube.diagnosis.redaction import Redactor
from maidenhair.kube.objects import Object, Objects, last_seen

SECONDS = 30.0
SIZE = 16 * 1024 * 1024
LOG_LINES = 2000
LOG_BYTES = 16 * 1024 * 1024
"""Bytes to read of a log. The API cuts off the end of a longer log."""
EVENTS_SHOWN = 20
OWNERS = ("StatefulSet", "Deployment", "Pod")

KINDS = (
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "Pod"),
    ("v1", "Service"),
    ("gateway.networking.k8s.io/v1", "GRPCRoute"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "ResourceQuota"),
    ("v1", "ConfigMap"),
)
"""The collected kinds besides Secrets and the kinds of systems, in the order of the files."""


@dataclass(frozen=True)
class Diagnostics:
    """The collected diagnostics.

    Attributes:
        summary: the likely causes, problems and last events, and the data that could not be collected.
        files: the written files, the most important first.
    """

    summary: str
    files: tuple[Path, ...]


def collect(
    kube: Client,
    namespace: str,
    folder: Path,
    *,
    outside: Sequence[Object] = (),
    notes: Mapping[str, Callable[[], str]] | None = None,
    seconds: float = SECONDS,
    size: int = SIZE,
) -> Diagnostics:
    """Write the objects, events and logs of a namespace to files, with secrets redacted.

    Files: `events.txt` (oldest first), `describe.txt`, one file per note, `nodes.txt`, `objects.yaml`, and
    `<pod>.<container>[.previous].log` (the last 2000 lines). Data that cannot be collected is listed in the summary
    and is no error, because an error would hide the failure of the spec.

    Args:
        kube: the API client. The kinds and owners of its `knowledge` come before those of Kubernetes.
        namespace: the namespace.
        folder: the folder for the files; created if it does not exist.
        outside: the spec's cluster-scoped objects.
        notes: additional texts by name, for example the history of the spec's waits.
        seconds: the time limit.
        size: the size limit of all files, in bytes.

    Raises:
        OSError: the files could not be written.
    """
    return _Collection(kube, namespace, folder, Budget(seconds, size)).run(outside, notes or {})


class _Collection:
    """One collection."""

    def __init__(self, kube: Client, namespace: str, folder: Path, budget: Budget) -> None:
        self._kube = kube
        self._namespace = namespace
        self._folder = folder
        self._budget = budget
        self._redactor = Redactor(())
        self._files: list[Path] = []

    def run(self, outside: Sequence[Object], notes: Mapping[str, Callable[[], str]]) -> Diagnostics:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Secrets first, because their values are needed to redact all other texts.
        secrets = self._list("v1", "Secret", self._namespace)
        events = sorted(self._list("v1", "Event", self._namespace), key=last_seen)
        kinds = dict.fromkeys((*self._kube.knowledge.kinds, *KINDS))
        objects = [each for kind in kinds for each in self._list(*kind, self._namespace)]
        objects += self._get_existing(outside)
        nodes = self._list("v1", "Node")
        self._redactor = Redactor(secrets, [*objects, *nodes])
        self._write("events.txt", "".join(f"{format_event(each)}\n" for each in events))
        self._write("describe.txt", "\n".join(describe_object(each, events) for each in objects))
        for name, render in notes.items():
            self._write(f"{name}.txt", render())
        self._write("nodes.txt", "\n".join(map(describe_node, nodes)))
        cleaned = [self._redactor.manifest(each) for each in [*objects, *secrets]]
        self._write("objects.yaml", yaml.safe_dump_all(cleaned, sort_keys=False))
        lines = [f"  {line}" for line in self._causes(objects)]
        for each in objects:
            if each["kind"] == "Pod":
                self._write_logs(each)
        parts = [
            f"Diagnostics of Namespace {self._namespace} (in {self._folder}):",
            *lines,
            *(f"  {line}" for each in [*objects, *nodes] for line in problems_of(each)),
            *(f"  {format_event(each)}" for each in events[-EVENTS_SHOWN:]),
            *(f"  not available: {each}" for each in self._budget.missing),
        ]
        return Diagnostics(self._redactor.text("\n".join(parts)), tuple(self._files))

    def _list(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        def list_objects() -> Objects:
            try:
                return self._kube.list(api_version, kind, namespace)
            except ApiRefused as refused:
                # A kind that is not served has no objects.
                if refused.status == 404:
                    return []
                raise

        return self._budget.fetch(f"list {kind}", list_objects, [])

    def _get_existing(self, outside: Iterable[Object]) -> Objects:
        existing = []
        for each in outside:
            get = partial(
                self._kube.get, each["apiVersion"], each["kind"], each["metadata"]["name"]
            )
            found = self._budget.fetch(f"get {each['kind']}", get, None)
            existing += [found] if found else []
        return existing

    def _causes(self, objects: Objects) -> list[str]:
        """Explain the objects of the first kind that has any: the owners of systems, then workloads."""
        for kind in (*self._kube.knowledge.owners, *OWNERS):
            causes = [self._cause(each) for each in objects if each["kind"] == kind]
            if causes:
                return [line for cause in causes for line in cause.splitlines()]
        return []

    def _cause(self, owner: Object) -> str:
        return self._budget.fetch("the likely cause", lambda: explain(self._kube, owner), "")

    def _write_logs(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        status = pod.get("status") or {}
        for field in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
            for each in status.get(field) or []:
                if _has_run(each):
                    self._write_log(name, each["name"], previous=False)
                    if each.get("restartCount"):
                        self._write_log(name, each["name"], previous=True)

    def _write_log(self, pod: str, container: str, previous: bool) -> None:
        def read() -> str:
            limits = (previous, LOG_LINES, LOG_BYTES)
            return self._kube.pod_logs(self._namespace, pod, container, *limits)

        text = self._budget.fetch(f"the log of {pod}/{container}", read, None)
        if text is not None:
            self._write(f"{pod}.{container}{'.previous' if previous else ''}.log", text)

    def _write(self, name: str, text: str) -> None:
        file = self._folder / name
        self._budget.write(file, self._redactor.text(text))
        if file.exists():
            self._files.append(file)


def _has_run(container_status: Object) -> bool:
    state = container_status.get("state") or {}
    return "waiting" not in state or bool(container_status.get("restartCount"))

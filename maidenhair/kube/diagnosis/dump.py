"""Collect diagnostics of a failed spec's namespace before it is deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from maidenhair.errors import LimitExceeded
from maidenhair.kube.diagnosis.budget import Budget
from maidenhair.kube.diagnosis.collected import Collected
from maidenhair.kube.diagnosis.describe import (
    describe_node,
    describe_object,
    format_event,
    problems_of,
)
from maidenhair.kube.diagnosis.explanation import Client
from maidenhair.kube.diagnosis.likely_causes import likely_causes
from maidenhair.kube.diagnosis.redaction import Redactor
from maidenhair.kube.diagnosis.shapes import framework_kind, mapping, mappings, metadata_of
from maidenhair.kube.objects import Object, Objects, display_name, last_seen

SECONDS = 30.0
SIZE = 16 * 1024 * 1024
LOG_LINES = 2000
LOG_BYTES = 16 * 1024 * 1024
"""Bytes to read of a log. The API cuts off the end of a longer log."""
EVENTS_SHOWN = 20
MENTIONS = "mentions.log"
MENTIONS_SHOWN = 5


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
    mentioned: Sequence[str] = (),
    seconds: float = SECONDS,
    size: int = SIZE,
) -> Diagnostics:
    """Write the objects, events and logs of a namespace to files, with secrets redacted.

    Files: `events.txt` (oldest first), `describe.txt`, one file per note, `nodes.txt`, `objects.yaml`,
    `<pod>.<container>[.previous].log` (the last 2000 lines), and `mentions.log` (the lines of these logs that contain a
    text of `mentioned`). Data that cannot be collected is listed in the summary and is no error, because an error would
    hide the failure of the spec. That holds for files that cannot be written.

    Args:
        kube: the API client. Every kind of the namespace that has objects is collected: the kinds of its `knowledge`
            first, then custom resources, then those of Kubernetes.
        namespace: the namespace.
        folder: the folder for the files; created if it does not exist.
        outside: the spec's cluster-scoped objects.
        notes: additional texts by name, for example the history of the spec's waits.
        mentioned: texts to look for in the logs, for example the namespace of the spec in the logs of an operator.
        seconds: the time limit.
        size: the size limit of all files, in bytes.
    """
    collection = _Collection(kube, namespace, folder, Budget(seconds, size), mentioned)
    return collection.run(outside, notes or {})


class _Collection:
    """One collection. Each part has a guard, so that an error leaves the others."""

    def __init__(
        self,
        kube: Client,
        namespace: str,
        folder: Path,
        budget: Budget,
        mentioned: Sequence[str] = (),
    ) -> None:
        self._kube = kube
        self._namespace = namespace
        self._folder = folder
        self._budget = budget
        self._collected = Collected(kube, namespace, budget)
        self._redactor: Redactor | None = None
        self._files: list[Path] = []
        self._mentioned = mentioned
        self._mentions: list[str] = []

    def run(self, outside: Sequence[Object], notes: Mapping[str, Callable[[], str]]) -> Diagnostics:
        self._part("the folder", lambda: self._folder.mkdir(parents=True, exist_ok=True))
        # Secrets first, because their values are needed to redact all other texts.
        collected = self._collected
        secrets = collected.list_from_api("v1", "Secret", self._namespace)
        events = sorted(collected.list_from_api("v1", "Event", self._namespace), key=last_seen)
        collected.objects |= {("v1", "Secret"): secrets, ("v1", "Event"): events}
        self._part("the objects", collected.collect)
        objects = [*collected.everything(), *self._get_existing(outside)]
        nodes = collected.list_from_api("v1", "Node")
        self._part("the redaction", lambda: self._redact(secrets, [*objects, *nodes]))
        self._write("events.txt", lambda: "".join(f"{format_event(each)}\n" for each in events))
        self._write(
            "describe.txt", lambda: "\n".join(describe_object(each, events) for each in objects)
        )
        for name, render in notes.items():
            self._write(f"{name}.txt", render)
        self._write("nodes.txt", lambda: "\n".join(map(describe_node, nodes)))
        self._write("objects.yaml", lambda: self._manifests([*objects, *secrets]))
        causes: list[str] = []
        self._part("the likely causes", lambda: causes.extend(likely_causes(collected)))
        for each in objects:
            if framework_kind(each) == "Pod":
                self._part(f"the logs of {display_name(each)}", partial(self._write_logs, each))
        if self._mentions:
            self._write(MENTIONS, lambda: "".join(f"{line}\n" for line in self._mentions))
        return self._summarize(causes, [*objects, *nodes], events)

    def _summarize(self, causes: list[str], objects: Objects, events: Objects) -> Diagnostics:
        problems: list[str] = []
        for each in objects:
            self._part(display_name(each), partial(_add_problems, each, problems))
        forbidden = self._collected.forbidden
        if forbidden:
            hidden = ", ".join(dict.fromkeys(forbidden))
            self._budget.missing.append(f"kinds that this account may not list: {hidden}")
        lines = [*causes, *problems]
        self._part("the events", lambda: lines.extend(map(format_event, events[-EVENTS_SHOWN:])))
        lines += [f"log of {line}" for line in self._mentions[-MENTIONS_SHOWN:]]
        lines += [f"not available: {each}" for each in self._budget.missing]
        headline = f"Diagnostics of Namespace {self._namespace} (in {self._folder}):"
        summary = "\n".join([headline, *(f"  {line}" for line in lines)])
        if self._redactor is None:
            summary = f"{headline}\n  not available: secrets could not be redacted"
        else:
            summary = self._redactor.text(summary)
        return Diagnostics(summary, tuple(self._files))

    def _part(self, description: str, collect_part: Callable[[], object]) -> None:
        """Collect a part. Record an error instead of raising it, because it would hide the failure of the spec."""
        try:
            collect_part()
        except LimitExceeded:
            raise
        except Exception as error:
            self._budget.record(description, error)

    def _redact(self, secrets: Objects, objects: Objects) -> None:
        self._redactor = Redactor(secrets)
        # With the objects, their names stay readable.
        self._redactor = Redactor(secrets, objects)

    def _manifests(self, objects: Objects) -> str:
        if self._redactor is None:
            return ""
        cleaned = [self._redactor.manifest(each) for each in objects]
        return yaml.safe_dump_all(cleaned, sort_keys=False)

    def _get_existing(self, outside: Iterable[Object]) -> Objects:
        existing = []
        for each in outside:
            get = partial(
                self._kube.get, each["apiVersion"], each["kind"], each["metadata"]["name"]
            )
            found = self._budget.fetch(f"get {each['kind']}", get, None)
            existing += [found] if found else []
        return existing

    def _write_logs(self, pod: Object) -> None:
        name = metadata_of(pod)["name"]
        status = mapping(pod.get("status"))
        for field in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
            for each in mappings(status.get(field)):
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
            name = f"{pod}.{container}{'.previous' if previous else ''}.log"
            self._write(name, lambda: text)
            self._mentions += [
                f"{pod}/{container}: {line}"
                for line in text.splitlines()
                if any(each in line for each in self._mentioned)
            ]

    def _write(self, name: str, render: Callable[[], str]) -> None:
        self._part(name, lambda: self._write_file(name, render()))

    def _write_file(self, name: str, text: str) -> None:
        if self._redactor is None:
            # Without redaction the text may contain secrets.
            return
        file = self._folder / name
        self._budget.write(file, self._redactor.text(text))
        if file.exists():
            self._files.append(file)


def _add_problems(subject: Object, problems: list[str]) -> None:
    problems += problems_of(subject)


def _has_run(container_status: Object) -> bool:
    state = container_status.get("state") or {}
    return "waiting" not in state or bool(container_status.get("restartCount"))

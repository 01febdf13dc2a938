"""States from which an object does not become good by itself, so that no wait for a good state need go on.

docs/waits.md lists them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from maidenhair.kube.diagnosis.shapes import (
    field_of,
    framework_kind,
    metadata_of,
    owner_references,
    text,
    whole_number,
)
from maidenhair.kube.objects import Object, conditions, display_name, reason_and_message

TerminalRule = Callable[[Object], str | None]
"""Takes an object, and returns why no future change can help it, or None."""

FAILED_JOBS = 2
"""Jobs of a CronJob that fail one after the other until the CronJob counts as hopeless."""
TERMINAL_TYPES = frozenset(
    {"Denied", "Failed", "Failure", "InvalidRequest", "InvalidSpec", "Stalled"}
)
"""Types of conditions of custom resources that are terminal while they are True, or have no status."""
TERMINAL_PHASE = "Failed"
ANOTHER_NAME = frozenset({"DaemonSet", "Job", "Node", "ReplicaSet", "ReplicationController"})
"""Owners that replace a pod by one of another name. A StatefulSet, for example, uses the same name again."""
_FAILED = re.compile(r"cancel|denied|error|exceeded|fail|invalid|time(d)?out", re.IGNORECASE)


def terminal_state(
    subject: Object,
    jobs: Sequence[Object] = (),
    rules: Iterable[TerminalRule] = (),
    recovering: Collection[str] = (),
) -> str | None:
    """Return why an object cannot reach a good state by itself any more, or None if it can.

    Args:
        subject: the object.
        jobs: the Jobs of a CronJob.
        rules: rules for more kinds, tried first.
        recovering: kinds of custom resources that recover from states that are terminal for others.

    Example:
        >>> failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}
        >>> job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "count"}}
        >>> terminal_state({**job, "status": {"conditions": [failed]}})
        'Job count has failed: BackoffLimitExceeded'
    """
    if "deletionTimestamp" in metadata_of(subject):
        # Another object of this name may follow.
        return None
    for rule in rules:
        if (reason := rule(subject)) is not None:
            return reason
    kind = framework_kind(subject)
    if kind == "CronJob":
        clause = _of_cron_job(subject, jobs)
    elif "." not in kind:
        clause = _OF_KIND[kind](subject) if kind in _OF_KIND else None
    elif str(subject.get("kind")) not in recovering:
        clause = _of_custom_resource(subject)
    else:
        clause = None
    return f"{display_name(subject)} {clause}" if clause else None


def jobs_of(cron_job: Object, jobs: Iterable[Object]) -> list[Object]:
    """Return the Jobs that a CronJob has made, the oldest first."""
    uid = metadata_of(cron_job).get("uid")
    own = [
        job for job in jobs if uid and any(each.get("uid") == uid for each in owner_references(job))
    ]
    return sorted(own, key=lambda job: text(metadata_of(job).get("creationTimestamp")))


def _of_job(job: Object) -> str | None:
    # FailureTarget precedes Failed while the pods are deleted.
    return _first(job, "has failed", {"Failed", "FailureTarget"}, "true")


def _of_cron_job(cron_job: Object, jobs: Sequence[Object]) -> str | None:
    own = jobs_of(cron_job, jobs)
    ended = [job for job in own if not _is_running(job)]
    failed = [_of_job(job) for job in ended[-FAILED_JOBS:]]
    if not ended or None in failed:
        return None
    if field_of(cron_job, "spec", "suspend"):
        return f"is suspended, and its last Job {failed[-1]}" if len(ended) == len(own) else None
    if len(failed) < FAILED_JOBS:
        return None
    return f"cannot complete: its last {FAILED_JOBS} Jobs failed; the last one {failed[-1]}"


def _is_running(job: Object) -> bool:
    return not any(
        each.get("type") in ("Complete", "Failed", "FailureTarget") and _status(each) == "true"
        for each in conditions(job)
    )


def _of_deployment(deployment: Object) -> str | None:
    if _is_outdated(deployment):
        return None
    stuck = [
        each
        for each in conditions(deployment)
        if each.get("type") == "Progressing" and each.get("reason") == "ProgressDeadlineExceeded"
    ]
    return f"makes no progress: {reason_and_message(stuck[0])}" if stuck else None


def _of_pod(pod: Object) -> str | None:
    if any(each.get("kind") not in ANOTHER_NAME for each in owner_references(pod)):
        return None
    phase = field_of(pod, "status", "phase")
    if phase == "Succeeded":
        return "has ended (phase Succeeded), and is not started again"
    if phase == "Failed":
        detail = reason_and_message(pod.get("status") or {})
        return "has failed" + (f": {detail}" if detail else " (phase Failed)")
    return None


def _of_claim(claim: Object) -> str | None:
    lost = field_of(claim, "status", "phase") == "Lost"
    return "has lost its volume (phase Lost)" if lost else None


_OF_KIND: Mapping[str, Callable[[Object], str | None]] = {
    "Deployment": _of_deployment,
    "Job": _of_job,
    "PersistentVolumeClaim": _of_claim,
    "Pod": _of_pod,
}
"""The rules for kinds of Kubernetes; StatefulSets and DaemonSets are judged by their pods alone."""


def _of_custom_resource(subject: Object) -> str | None:
    if _is_outdated(subject):
        return None
    for each in _current(subject):
        name, status = text(each.get("type")), _status(each)
        if name in TERMINAL_TYPES and status in ("true", ""):
            return f"reports {name}{_detail(each)}"
        if name == "Succeeded" and status == "false" and _FAILED.search(text(each.get("reason"))):
            return f"has not succeeded{_detail(each)}"
    if field_of(subject, "status", "phase") == TERMINAL_PHASE:
        return f"is Failed{_detail(subject.get('status') or {})}"
    return None


def _current(subject: Object) -> Iterator[Mapping[str, Any]]:
    """Yield the conditions that are about the object's current generation."""
    generation = whole_number(metadata_of(subject).get("generation"))
    for each in conditions(subject):
        observed = whole_number(each.get("observedGeneration"))
        if generation is None or observed is None or observed >= generation:
            yield each


def _is_outdated(subject: Object) -> bool:
    """Return whether the status of an object is about an earlier generation of it."""
    observed = whole_number(field_of(subject, "status", "observedGeneration"))
    generation = whole_number(metadata_of(subject).get("generation"))
    return observed is not None and generation is not None and observed < generation


def _first(subject: Object, clause: str, types: set[str], status: str) -> str | None:
    for each in conditions(subject):
        if each.get("type") in types and _status(each) == status:
            return clause + _detail(each)
    return None


def _status(condition: Mapping[str, Any]) -> str:
    return str(condition.get("status") or "").lower()


def _detail(about: Mapping[str, Any]) -> str:
    detail = reason_and_message(about)
    return f": {detail}" if detail else ""

"""Describe objects, events and nodes as text, similar to `kubectl describe`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from maidenhair.kube.diagnosis.reported_state import judge
from maidenhair.kube.diagnosis.shapes import (
    field_of,
    mapping,
    mappings,
    metadata_of,
    owner_references,
)
from maidenhair.kube.objects import Object, conditions, display_name, last_seen, reason_and_message

EVENTS_OF_EACH = 10


def describe_object(subject: Object, events: Iterable[Object]) -> str:
    """Describe an object: owners, labels, deletion, state, containers, conditions and last events.

    Args:
        subject: the object.
        events: the events of its namespace, oldest first.
    """
    metadata = metadata_of(subject)
    lines = [display_name(subject)]
    lines += [
        f"  owned by {each.get('kind')} {each.get('name')}" for each in owner_references(subject)
    ]
    lines += _pairs("labels", metadata.get("labels"))
    if "deletionTimestamp" in metadata:
        finalizers = ", ".join(metadata.get("finalizers") or []) or "none"
        lines.append(
            f"  being deleted since {metadata['deletionTimestamp']}; finalizers: {finalizers}"
        )
    lines += _status(subject)
    lines += [f"  {each}" for each in _containers(subject)]
    lines += [f"  condition {_condition(each)}" for each in conditions(subject)]
    uid = metadata.get("uid")
    own = [each for each in events if field_of(each, "involvedObject", "uid") == uid]
    lines += [f"  event {format_event(each)}" for each in own[-EVENTS_OF_EACH:]]
    return "\n".join(lines) + "\n"


def format_event(event: Object) -> str:
    """Describe an event on one line."""
    involved = mapping(event.get("involvedObject"))
    times = f" ({event['count']} times)" if (event.get("count") or 0) > 1 else ""
    return (
        f"{last_seen(event)} {event.get('type')} {involved.get('kind')} {involved.get('name')}: "
        f"{event.get('reason')}: {event.get('message')}{times}"
    )


def describe_node(node: Object) -> str:
    """Describe a node: conditions, taints and allocatable resources."""
    status, spec = mapping(node.get("status")), mapping(node.get("spec"))
    lines = [display_name(node)]
    lines += [f"  condition {_condition(each)}" for each in conditions(node)]
    lines += [
        f"  taint {each.get('key')}:{each.get('effect')}" for each in mappings(spec.get("taints"))
    ]
    if spec.get("unschedulable"):
        lines.append("  cordoned")
    lines += _pairs("allocatable", status.get("allocatable"))
    return "\n".join(lines) + "\n"


def problems_of(subject: Object) -> list[str]:
    """Return a line for each condition that reports a problem, and for each container that is not running."""
    name = display_name(subject)
    lines = [
        f"{name}: {_condition(each)}"
        for each in conditions(subject)
        # ContainersReady repeats Ready.
        if each.get("type") != "ContainersReady" and judge(each, subject) is not None
    ]
    for each in mappings(field_of(subject, "status", "containerStatuses")):
        for state in mapping(each.get("state")):
            if state != "running":
                lines.append(f"{name}: container {each.get('name')} is {_state(each['state'])}")
    return lines


def _status(subject: Object) -> Iterator[str]:
    status, spec = mapping(subject.get("status")), mapping(subject.get("spec"))
    if "phase" in status:
        yield f"  phase {status['phase']}"
    if spec.get("nodeName"):
        yield f"  on node {spec['nodeName']}"
    if "replicas" in spec:
        ready = status.get("readyReplicas", 0)
        yield f"  {ready} of {spec['replicas']} replicas ready"


def _containers(subject: Object) -> Iterator[str]:
    status = mapping(subject.get("status"))
    for field in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        for each in mappings(status.get(field)):
            restarts = each.get("restartCount", 0)
            name = f"container {each.get('name')} ({each.get('image')})"
            yield f"{name}: {_state(each.get('state'))}, {restarts} restarts"
            if each.get("lastState"):
                yield f"  before: {_state(each['lastState'])}"


def _state(state: Any) -> str:
    for name, value in mapping(state).items():
        detail = mapping(value)
        details = [
            f"{key} {detail[key]}"
            for key in ("reason", "exitCode", "startedAt", "message")
            if key in detail
        ]
        return f"{name} ({', '.join(details)})" if details else name
    return "not started"


def _condition(condition: Mapping[str, Any]) -> str:
    detail = reason_and_message(condition)
    since = condition.get("lastTransitionTime")
    return " ".join(
        filter(
            None,
            (
                f"{condition.get('type')} {condition.get('status')}",
                f"since {since}" if since else "",
                f"({detail})" if detail else "",
            ),
        )
    )


def _pairs(title: str, pairs: Any) -> Iterator[str]:
    if mapping(pairs):
        yield f"  {title}: {', '.join(f'{key}={value}' for key, value in mapping(pairs).items())}"

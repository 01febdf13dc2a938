"""Describe objects, events and nodes as text, similar to `kubectl describe`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from maidenhair.kube.objects import Object, conditions, display_name, last_seen, reason_and_message

EVENTS_OF_EACH = 10
PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


def describe_object(subject: Object, events: Iterable[Object]) -> str:
    """Describe an object: owners, labels, deletion, state, containers, conditions and last events.

    Args:
        subject: the object.
        events: the events of its namespace, oldest first.
    """
    metadata = subject["metadata"]
    lines = [display_name(subject)]
    lines += [
        f"  owned by {each['kind']} {each['name']}"
        for each in metadata.get("ownerReferences") or []
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
    own = [each for each in events if each["involvedObject"].get("uid") == metadata.get("uid")]
    lines += [f"  event {format_event(each)}" for each in own[-EVENTS_OF_EACH:]]
    return "\n".join(lines) + "\n"


def format_event(event: Object) -> str:
    """Describe an event on one line."""
    involved = event["involvedObject"]
    times = f" ({event['count']} times)" if (event.get("count") or 0) > 1 else ""
    return (
        f"{last_seen(event)} {event.get('type')} {involved.get('kind')} {involved.get('name')}: "
        f"{event.get('reason')}: {event.get('message')}{times}"
    )


def describe_node(node: Object) -> str:
    """Describe a node: conditions, taints and allocatable resources."""
    status, spec = node.get("status") or {}, node.get("spec") or {}
    lines = [display_name(node)]
    lines += [f"  condition {_condition(each)}" for each in conditions(node)]
    lines += [f"  taint {each['key']}:{each['effect']}" for each in spec.get("taints") or []]
    if spec.get("unschedulable"):
        lines.append("  cordoned")
    lines += _pairs("allocatable", status.get("allocatable"))
    return "\n".join(lines) + "\n"


def problems_of(subject: Object) -> list[str]:
    """Return a line for each condition with an abnormal status, and for each container that is not running."""
    usual = {**dict.fromkeys(PRESSURES, "False")} if subject["kind"] == "Node" else {}
    lines = [
        f"{display_name(subject)}: {each['type']} is {each['status']} "
        f"({each.get('reason', '')}: {each.get('message', '')})"
        for each in conditions(subject)
        # ContainersReady repeats Ready.
        if each.get("status") != usual.get(each.get("type", ""), "True")
        and each.get("type") != "ContainersReady"
    ]
    for each in (subject.get("status") or {}).get("containerStatuses") or []:
        for state, detail in (each.get("state") or {}).items():
            if state != "running":
                reason = ": ".join(
                    str(detail[key]) for key in ("reason", "message") if key in detail
                )
                lines.append(
                    f"{display_name(subject)}: container {each['name']} is {state} ({reason})"
                )
    return lines


def _status(subject: Object) -> Iterator[str]:
    status, spec = subject.get("status") or {}, subject.get("spec") or {}
    if "phase" in status:
        yield f"  phase {status['phase']}"
    if spec.get("nodeName"):
        yield f"  on node {spec['nodeName']}"
    if "replicas" in spec:
        ready = status.get("readyReplicas", 0)
        yield f"  {ready} of {spec['replicas']} replicas ready"


def _containers(subject: Object) -> Iterator[str]:
    status = subject.get("status") or {}
    for field in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        for each in status.get(field) or []:
            restarts = each.get("restartCount", 0)
            yield f"container {each['name']} ({each.get('image')}): {_state(each.get('state'))}, {restarts} restarts"
            if each.get("lastState"):
                yield f"  before: {_state(each['lastState'])}"


def _state(state: Mapping[str, Any] | None) -> str:
    for name, detail in (state or {}).items():
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


def _pairs(title: str, pairs: Mapping[str, Any] | None) -> Iterator[str]:
    if pairs:
        yield f"  {title}: {', '.join(f'{key}={value}' for key, value in pairs.items())}"

"""Pods that no node takes, in terms of what the pod asks for and what the nodes have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from maidenhair.kube.diagnosis.causes.cause import (
    Cause,
    PodRule,
    evidence_of,
    format_labels,
    message_of,
)
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object, condition, display_name
from maidenhair.kube.quantities import parse_quantity

DEFAULT_SCHEDULER = "default-scheduler"

_NODES = re.compile(r"^0/(?P<all>\d+) nodes are available: (?P<reasons>.*)$", re.DOTALL)
_COUNTED = re.compile(r"^(?P<count>\d+) (?P<reason>.*)$")
_INSUFFICIENT = re.compile(r"^Insufficient (?P<resource>\S+)$")
_TAINT = re.compile(r"^node\(s\) had untolerated taint(\(s\))? ?(?P<taint>\{.*\})?$")

Teller = Callable[[Facts, Object, re.Match[str], str], str]
"""Takes facts, a pod, the scheduler's reason, and on how many nodes; returns the reason in words."""


def gated(facts: Facts, pod: Object) -> Cause | None:
    """Tell of a pod that the scheduler may not look at yet."""
    scheduled = condition(pod, "PodScheduled")
    if not scheduled or scheduled.get("reason") != "SchedulingGated":
        return None
    gates = ", ".join(each["name"] for each in pod["spec"].get("schedulingGates") or [])
    sentence = (
        f"{display_name(pod)} is not scheduled until its scheduling gates are taken off: {gates}"
    )
    return Cause(sentence, evidence_of(facts, pod))


def unknown_scheduler(facts: Facts, pod: Object) -> Cause | None:
    """Tell of a pod that waits for another scheduler, which has not looked at it."""
    name = pod["spec"].get("schedulerName", DEFAULT_SCHEDULER)
    if name == DEFAULT_SCHEDULER or pod["spec"].get("nodeName") or condition(pod, "PodScheduled"):
        return None
    sentence = (
        f"{display_name(pod)} waits for the scheduler {name}, which has not acted: does it run?"
    )
    return Cause(sentence, evidence_of(facts, pod))


def fits_on_no_node(facts: Facts, pod: Object) -> Cause | None:
    """Tell of a pod that the scheduler has found no node for, and of each reason."""
    scheduled = condition(pod, "PodScheduled")
    if not scheduled or scheduled["status"] != "False":
        return None
    evidence = evidence_of(facts, pod)
    message = str(scheduled.get("message") or "")
    reasons = list(_reasons(facts, pod, message))
    if reasons:
        sentence = f"{display_name(pod)} fits on no node: {'; '.join(reasons)}"
        return Cause(sentence, evidence, lacks_capacity=True)
    if message.startswith("no nodes available"):
        sentence = f"{display_name(pod)} cannot be scheduled: the cluster has no nodes"
        return Cause(sentence, evidence, lacks_capacity=True)
    sentence = f"{display_name(pod)} cannot be scheduled: {message_of(scheduled)}"
    return Cause(sentence, evidence, lacks_capacity=True)


RULES: tuple[PodRule, ...] = (gated, unknown_scheduler, fits_on_no_node)


def _reasons(facts: Facts, pod: Object, message: str) -> Iterator[str]:
    nodes = _NODES.match(message)
    if nodes is None:
        return
    # What preemption would do about it follows, after the end of the sentence.
    told = re.split(r"\. (?:preemption|no new claims)", nodes["reasons"])[0].rstrip(".")
    # A taint's value may have commas, but not one that is followed by a count.
    for each in re.split(r", (?=\d+ )", told):
        counted = _COUNTED.match(each)
        if counted is None:
            yield each
            continue
        count = int(counted["count"])
        where = "the only node" if nodes["all"] == "1" else f"{count} of {nodes['all']} nodes"
        yield _in_words(facts, pod, counted["reason"], where)


def _in_words(facts: Facts, pod: Object, reason: str, where: str) -> str:
    for pattern, tell in _TELLERS:
        if found := re.search(pattern, reason):
            return tell(facts, pod, found, where)
    return f"{where}: {reason}"


def _insufficient(facts: Facts, pod: Object, found: re.Match[str], where: str) -> str:
    resource = found["resource"]
    asked = _asked(pod, resource)
    has = [
        quantity
        for node in facts.nodes.values()
        if (quantity := ((node.get("status") or {}).get("allocatable") or {}).get(resource))
    ]
    most = max(has, key=parse_quantity, default=None)
    details = [f"it asks for {' and '.join(asked)}"] if asked else []
    if facts.nodes:
        details.append(f"a node has {most} in all" if most else "no node has any")
    hint = f" ({', '.join(details)})" if details else ""
    return f"{where}: too little {resource} is free{hint}"


def _selector(facts: Facts, pod: Object, found: re.Match[str], where: str) -> str:
    selector = pod["spec"].get("nodeSelector") or {}
    parts = [f"its nodeSelector {format_labels(selector)}"] if selector else []
    if ((pod["spec"].get("affinity") or {}).get("nodeAffinity")) is not None:
        parts.append("its node affinity")
    return f"{where}: not picked by {' and '.join(parts) or 'its node selector'}"


def _taint(facts: Facts, pod: Object, found: re.Match[str], where: str) -> str:
    tolerated = {each.get("key") for each in pod["spec"].get("tolerations") or []}
    taints = {
        f"{each['key']}={each.get('value', '')}:{each['effect']}"
        for node in facts.nodes.values()
        for each in (node.get("spec") or {}).get("taints") or []
        if each["key"] not in tolerated
    }
    # Kubernetes before 1.34 tells the taint; later ones count them.
    told = found["taint"] or ", ".join(sorted(taints))
    return f"{where}: has a taint that it does not tolerate {told}".rstrip()


def _ports(facts: Facts, pod: Object, found: re.Match[str], where: str) -> str:
    ports = [
        str(port["hostPort"])
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or []
        if "hostPort" in port
    ]
    return f"{where}: its host port {', '.join(ports)} is taken"


def _words(text: str) -> Teller:
    return lambda facts, pod, found, where: f"{where}: {text}"


_TELLERS: tuple[tuple[re.Pattern[str], Teller], ...] = (
    (_INSUFFICIENT, _insufficient),
    (_TAINT, _taint),
    (re.compile(r"didn't match Pod's node affinity/selector"), _selector),
    (re.compile(r"didn't have free ports"), _ports),
    (re.compile(r"^Too many pods$"), _words("runs as many pods as it may")),
    (re.compile(r"were unschedulable"), _words("is cordoned, and takes no new pods")),
    (
        re.compile(r"didn't match pod affinity rules"),
        _words("runs no pod that its pod affinity asks for"),
    ),
    (
        re.compile(r"didn't (match|satisfy existing pods) (pod )?anti-affinity rules"),
        _words("runs a pod that an anti-affinity keeps it from"),
    ),
    (
        re.compile(r"didn't match pod topology spread constraints"),
        _words("its topology spread constraints do not allow it there"),
    ),
    (
        re.compile(r"volume node affinity conflict"),
        _words("its volume can only be reached from another node"),
    ),
)


def _asked(pod: Object, resource: str) -> list[str]:
    """Return what the containers of a pod ask for of a resource."""
    requests = [
        ((container.get("resources") or {}).get("requests") or {}).get(resource)
        for container in pod["spec"]["containers"]
    ]
    return [f"{each}" for each in requests if each]

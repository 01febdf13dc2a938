"""Pods that cannot be scheduled, explained by the pod's requests and the nodes' resources."""

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

Explainer = Callable[[Facts, Object, re.Match[str], str], str]
"""Explains a reason of the scheduler, from the facts, the pod, the matched reason, and the number of nodes as text."""


def gated(facts: Facts, pod: Object) -> Cause | None:
    """Detect a pod that has scheduling gates."""
    scheduled = condition(pod, "PodScheduled")
    if not scheduled or scheduled.get("reason") != "SchedulingGated":
        return None
    gates = ", ".join(each["name"] for each in pod["spec"].get("schedulingGates") or [])
    sentence = (
        f"{display_name(pod)} is not scheduled until its scheduling gates are removed: {gates}"
    )
    return Cause(sentence, evidence_of(facts, pod))


def unknown_scheduler(facts: Facts, pod: Object) -> Cause | None:
    """Detect a pod that is waiting for another scheduler, which has not acted on it."""
    name = pod["spec"].get("schedulerName", DEFAULT_SCHEDULER)
    if name == DEFAULT_SCHEDULER or pod["spec"].get("nodeName") or condition(pod, "PodScheduled"):
        return None
    sentence = (
        f"{display_name(pod)} is waiting for scheduler {name}, which has not acted on it; "
        "check that it is running"
    )
    return Cause(sentence, evidence_of(facts, pod))


def fits_on_no_node(facts: Facts, pod: Object) -> Cause | None:
    """Detect a pod that fits on no node. The cause lists the reasons of the scheduler."""
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
    # The scheduler appends a sentence about preemption.
    listed = re.split(r"\. (?:preemption|no new claims)", nodes["reasons"])[0].rstrip(".")
    # A taint's value may contain commas, but no comma followed by a number.
    for each in re.split(r", (?=\d+ )", listed):
        counted = _COUNTED.match(each)
        if counted is None:
            yield each
            continue
        count = int(counted["count"])
        where = "the only node" if nodes["all"] == "1" else f"{count} of {nodes['all']} nodes"
        yield _explain_reason(facts, pod, counted["reason"], where)


def _explain_reason(facts: Facts, pod: Object, reason: str, where: str) -> str:
    for pattern, explain in _EXPLAINERS:
        if found := re.search(pattern, reason):
            return explain(facts, pod, found, where)
    return f"{where}: {reason}"


def _insufficient(facts: Facts, pod: Object, found: re.Match[str], where: str) -> str:
    resource = found["resource"]
    requests = _requests(pod, resource)
    has = [
        quantity
        for node in facts.nodes.values()
        if (quantity := ((node.get("status") or {}).get("allocatable") or {}).get(resource))
    ]
    most = max(has, key=parse_quantity, default=None)
    details = [f"the pod requests {' and '.join(requests)}"] if requests else []
    if facts.nodes:
        details.append(f"the largest node has {most}" if most else "no node has any")
    hint = f" ({', '.join(details)})" if details else ""
    return f"{where}: not enough {resource} is free{hint}"


def _selector(facts: Facts, pod: Object, found: re.Match[str], where: str) -> str:
    selector = pod["spec"].get("nodeSelector") or {}
    parts = [f"its nodeSelector {format_labels(selector)}"] if selector else []
    if ((pod["spec"].get("affinity") or {}).get("nodeAffinity")) is not None:
        parts.append("its node affinity")
    return f"{where}: no match for {' and '.join(parts) or 'its node selector'}"


def _taint(facts: Facts, pod: Object, found: re.Match[str], where: str) -> str:
    tolerated = {each.get("key") for each in pod["spec"].get("tolerations") or []}
    taints = {
        f"{each['key']}={each.get('value', '')}:{each['effect']}"
        for node in facts.nodes.values()
        for each in (node.get("spec") or {}).get("taints") or []
        if each["key"] not in tolerated
    }
    # Since 1.34 Kubernetes no longer names the taints.
    listed = found["taint"] or ", ".join(sorted(taints))
    return f"{where}: untolerated taint {listed}".rstrip()


def _ports(facts: Facts, pod: Object, found: re.Match[str], where: str) -> str:
    ports = [
        str(port["hostPort"])
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or []
        if "hostPort" in port
    ]
    return f"{where}: host port {', '.join(ports)} is in use"


def _fixed(text: str) -> Explainer:
    return lambda facts, pod, found, where: f"{where}: {text}"


_EXPLAINERS: tuple[tuple[re.Pattern[str], Explainer], ...] = (
    (_INSUFFICIENT, _insufficient),
    (_TAINT, _taint),
    (re.compile(r"didn't match Pod's node affinity/selector"), _selector),
    (re.compile(r"didn't have free ports"), _ports),
    (re.compile(r"^Too many pods$"), _fixed("maximum number of pods reached")),
    (re.compile(r"were unschedulable"), _fixed("cordoned")),
    (
        re.compile(r"didn't match pod affinity rules"),
        _fixed("no pod that its pod affinity requires"),
    ),
    (
        re.compile(r"didn't (match|satisfy existing pods) (pod )?anti-affinity rules"),
        _fixed("conflict with pod anti-affinity"),
    ),
    (
        re.compile(r"didn't match pod topology spread constraints"),
        _fixed("conflict with its topology spread constraints"),
    ),
    (
        re.compile(r"volume node affinity conflict"),
        _fixed("its volume is only available on another node"),
    ),
)


def _requests(pod: Object, resource: str) -> list[str]:
    """Return the containers' requests for a resource."""
    requests = [
        ((container.get("resources") or {}).get("requests") or {}).get(resource)
        for container in pod["spec"]["containers"]
    ]
    return [f"{each}" for each in requests if each]

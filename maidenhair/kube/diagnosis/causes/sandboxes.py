"""Pods whose sandbox the container runtime cannot create."""

from __future__ import annotations

from maidenhair.kube.diagnosis.causes.cause import Cause, PodRule, evidence_of
from maidenhair.kube.diagnosis.causes.pods import is_starting
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object, display_name


def unknown_handler(facts: Facts, pod: Object) -> Cause | None:
    """Detect a RuntimeClass whose handler the container runtime does not have."""
    message = _failure(facts, pod)
    if message is None or "no runtime for" not in message:
        return None
    node, name = pod["spec"].get("nodeName"), pod["spec"].get("runtimeClassName")
    sentence = (
        f"the container runtime of Node {node} has no handler for RuntimeClass {name}, "
        f"which {display_name(pod)} uses"
    )
    return Cause(sentence, evidence_of(facts, pod))


def no_sandbox(facts: Facts, pod: Object) -> Cause | None:
    """Detect a sandbox that cannot be created for another reason, for example a lack of IP addresses."""
    message = _failure(facts, pod)
    if message is None:
        return None
    return Cause(f"{display_name(pod)} cannot start: {message}", evidence_of(facts, pod))


RULES: tuple[PodRule, ...] = (unknown_handler, no_sandbox)


def _failure(facts: Facts, pod: Object) -> str | None:
    if not is_starting(pod):
        return None
    failed = [e for e in facts.events_of(pod) if e.get("reason") == "FailedCreatePodSandBox"]
    return str(failed[-1].get("message")) if failed else None

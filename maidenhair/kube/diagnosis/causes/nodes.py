"""Nodes that are not Ready, do not exist or are cordoned."""

from __future__ import annotations

from maidenhair.kube.diagnosis.causes.cause import Cause, PodRule, Rule, evidence_of, message_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object, condition, display_name, is_true


def pod_on_unavailable_node(facts: Facts, pod: Object) -> Cause | None:
    """Detect a pod whose node is not Ready or does not exist."""
    name = pod["spec"].get("nodeName")
    if not name or not facts.nodes:
        return None
    node = facts.nodes.get(name)
    if node is None:
        sentence = f"Node {name}, on which {display_name(pod)} should run, does not exist"
        return Cause(sentence, evidence_of(facts, pod))
    ready = condition(node, "Ready")
    if is_true(ready):
        return None
    message = message_of(ready) if ready else "it has no status"
    sentence = f"{display_name(node)}, on which {display_name(pod)} runs, is not Ready: {message}"
    return Cause(sentence, (*evidence_of(facts, node), *evidence_of(facts, pod)))


def cordoned(facts: Facts) -> Cause | None:
    """Detect a node that accepts no new pods."""
    node = facts.subject
    if node["kind"] != "Node" or not (node.get("spec") or {}).get("unschedulable"):
        return None
    return Cause(
        f"{display_name(node)} is cordoned: it accepts no new pods", evidence_of(facts, node)
    )


POD_RULES: tuple[PodRule, ...] = (pod_on_unavailable_node,)
RULES: tuple[Rule, ...] = (cordoned,)

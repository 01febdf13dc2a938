"""Nodes that are away."""

from __future__ import annotations

from maidenhair.kube.diagnosis.causes.cause import Cause, PodRule, Rule, evidence_of, message_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object, condition, display_name, is_true


def pod_on_a_node_that_is_away(facts: Facts, pod: Object) -> Cause | None:
    """Tell of a pod whose node does not report, or is gone."""
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
    """Tell of a node that takes no new pods."""
    node = facts.subject
    if node["kind"] != "Node" or not (node.get("spec") or {}).get("unschedulable"):
        return None
    return Cause(
        f"{display_name(node)} is cordoned: it takes no new pods", evidence_of(facts, node)
    )


POD_RULES: tuple[PodRule, ...] = (pod_on_a_node_that_is_away,)
RULES: tuple[Rule, ...] = (cordoned,)

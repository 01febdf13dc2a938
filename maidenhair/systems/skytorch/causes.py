"""Causes of Computes that are not Ready: the rules, and the objects that they look at."""

from __future__ import annotations

import re

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, evidence_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.knowledge import Knowledge
from maidenhair.kube.diagnosis.related_objects import GATEWAY_API, LOG, RelatedObjects
from maidenhair.kube.objects import Object, Objects, condition, conditions, display_name
from maidenhair.systems.skytorch.api.compute import API_VERSION, KIND
from maidenhair.systems.skytorch.api.server_pods import CONTAINER, INSTANCE_LABEL
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE, OPERATOR

NO_STATEFUL_SET = "StatefulSetNotAvailable"
LINE_CHARACTERS = 600
_FAILED = re.compile(r"(?i)fail|error|refused|forbidden|invalid")
_TWICE = re.compile(r'\.(\w+): duplicate entries for key \[name="([^"]+)')
_REFUSED = re.compile(r'(?i)statefulsets?\.apps "[^"]+" is (?:invalid|forbidden): (.+)')
_END = re.compile(r'(?:; (?:PATCH|apply) |"\}|", ").*')
POD_LABELS = {"app.kubernetes.io/name": "skytorch-server"}


def suspended(facts: Facts) -> Cause | None:
    """Detect a Compute that has no pod because it is suspended."""
    if not _is_compute(facts) or not facts.subject["spec"].get("suspend") or facts.pods:
        return None
    sentence = f"{display_name(facts.subject)} is suspended (spec.suspend) and therefore has no pod"
    return Cause(sentence, evidence_of(facts, facts.subject))


def operator_away(facts: Facts) -> Cause | None:
    """Detect a Compute that the operator has not reconciled because it is not running."""
    if not _is_compute(facts) or _is_reconciled(facts.subject):
        return None
    symptom = f"no operator has reconciled {display_name(facts.subject)}"
    if facts.is_missing("Deployment", OPERATOR, NAMESPACE):
        sentence = (
            f"{symptom}: the SkyTorch operator is not installed "
            f"(there is no Deployment {NAMESPACE}/{OPERATOR})"
        )
        return Cause(sentence, evidence_of(facts, facts.subject))
    operator = facts.find("Deployment", OPERATOR, NAMESPACE)
    ready = ((operator or {}).get("status") or {}).get("readyReplicas", 0)
    if operator is None or ready:
        sentence = f"{symptom}; check the log of Deployment {NAMESPACE}/{OPERATOR}"
        return Cause(sentence, evidence_of(facts, facts.subject))
    wanted = operator["spec"].get("replicas", 1)
    sentence = f"{symptom}: the SkyTorch operator ({display_name(operator)}) has {ready} of {wanted} pods ready"
    return Cause(sentence, evidence_of(facts, operator))


def stateful_set_refused(facts: Facts) -> Cause | None:
    """Detect a Compute whose StatefulSet the API refuses, which only the operator's log says."""
    if not _is_compute(facts) or not _lacks_stateful_set(facts.subject):
        return None
    lines = [line for log in facts.of_kind(LOG) for line in log["lines"] if _FAILED.search(line)]
    if not lines:
        return None
    last = next((line for line in reversed(lines) if _reason(line)), lines[-1])
    detail = _reason(last) or f"the operator's log says: {last[:LINE_CHARACTERS]}"
    subject = facts.subject
    evidence = (
        *evidence_of(facts, subject),
        f"log of {NAMESPACE}/{OPERATOR}: {last[:LINE_CHARACTERS]}",
    )
    return Cause(f"the API refuses the StatefulSet of {display_name(subject)}: {detail}", evidence)


RULES: tuple[Rule, ...] = (suspended, operator_away, stateful_set_refused)


def find_related(related: RelatedObjects, compute: Object) -> None:
    """Look up the operator, the GRPCRoute of a Compute, and the objects that the GRPCRoute refers to.

    For a Compute without a StatefulSet, also look up the lines of the operator's log that name it.
    """
    metadata = compute["metadata"]
    related.get("apps/v1", "Deployment", OPERATOR, NAMESPACE)
    route = related.get(GATEWAY_API, "GRPCRoute", metadata["name"], metadata["namespace"])
    if route is not None:
        related.route(route)
    if _lacks_stateful_set(compute):
        related.log_lines(OPERATOR, NAMESPACE, (metadata["namespace"], metadata["name"]))


def pods_of(compute: Object, pods: Objects) -> Objects:
    """Return the pods of a Compute that run its current image."""
    labels = {**POD_LABELS, INSTANCE_LABEL: compute["metadata"]["name"]}
    image = (compute.get("spec") or {}).get("image")
    return [
        pod
        for pod in pods
        if labels.items() <= (pod["metadata"].get("labels") or {}).items()
        and (not image or _server_image(pod) in (None, image))
    ]


KNOWLEDGE = Knowledge(
    kinds=((API_VERSION, KIND),),
    owners=(KIND,),
    namespaces=(NAMESPACE,),
    rules=RULES,
    related={KIND: find_related},
    pods={KIND: pods_of},
)


def _is_compute(facts: Facts) -> bool:
    return facts.subject["kind"] == KIND and "uid" in facts.subject["metadata"]


def _lacks_stateful_set(compute: Object) -> bool:
    ready = condition(compute, "Ready") or {}
    return ready.get("reason") == NO_STATEFUL_SET


def _reason(line: str) -> str | None:
    """Return why the API refused a StatefulSet, if a line of the operator's log says it."""
    # Quotes are escaped in logs of JSON.
    text = line.replace("\\", "")
    if twice := _TWICE.search(text):
        return (
            f"its list {twice[1]!r} has the name {twice[2]!r} twice, because the operator sets it, too, or "
            "repeats the list for the override; rename or remove it"
        )
    refused = _REFUSED.search(text)
    return _END.sub("", refused[1])[:LINE_CHARACTERS] if refused else None


def _server_image(pod: Object) -> str | None:
    images = {each["name"]: each["image"] for each in pod["spec"]["containers"]}
    return images.get(CONTAINER)


def _is_reconciled(compute: Object) -> bool:
    """Return whether a condition describes the current generation of the Compute."""
    generation = compute["metadata"].get("generation", 0)
    return any(
        each.get("observedGeneration", generation) >= generation for each in conditions(compute)
    )

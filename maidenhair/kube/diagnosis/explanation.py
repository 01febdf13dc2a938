"""The explanation of an object of any kind: the likely cause of its problem, or what is known of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from maidenhair.errors import KubernetesError
from maidenhair.kube.diagnosis import collect, family
from maidenhair.kube.diagnosis.causes.cause import format_events
from maidenhair.kube.diagnosis.collect import gather_facts
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.reported_state import is_known, well_since
from maidenhair.kube.diagnosis.rules import Cause, find_cause
from maidenhair.kube.diagnosis.shapes import metadata_of
from maidenhair.kube.objects import Object, display_name

LOG_LINES = 3
STATUS_BYTES = 2000
# The text that kubelet returns instead of the logs of a removed instance.
NO_LOGS = "unable to retrieve container logs"


class Client(collect.Client, Protocol):
    """The part of a `Kube` that explanations use."""


@dataclass(frozen=True)
class Explanation:
    """Why an object is not in the expected state.

    Attributes:
        subject: the object, as it is now.
        sentence: the likely cause, or that no problem was found, or that nothing is known.
        evidence: conditions, events and other lines that support it.
        log: the last lines of the log of the container that caused it.
        found: whether a cause was found.
        hopeless: whether only a change from outside can help.
    """

    subject: Object
    sentence: str
    evidence: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    found: bool = False
    hopeless: bool = False

    @property
    def exists(self) -> bool:
        """Return whether the object exists."""
        return "uid" in metadata_of(self.subject)

    def __str__(self) -> str:
        """Return the sentence, and the evidence and log lines below it."""
        lines = [*self.evidence, *(f"last log line: {line}" for line in self.log)]
        return "\n".join([self.sentence, *(f"  {line}" for line in lines)])

    def as_json(self) -> dict[str, Any]:
        """Return the explanation as an object for JSON."""
        metadata = metadata_of(self.subject)
        return {
            "apiVersion": self.subject.get("apiVersion"),
            "kind": self.subject.get("kind"),
            "namespace": metadata.get("namespace"),
            "name": metadata.get("name"),
            "exists": self.exists,
            "problem": self.found,
            "hopeless": self.hopeless,
            "cause": self.sentence,
            "evidence": list(self.evidence),
            "log": list(self.log),
            "status": self.subject.get("status"),
        }


def explain_object(kube: Client, subject: Object) -> Explanation:
    """Explain why an object is not in the expected state.

    Args:
        kube: the API client.
        subject: the object. Only its apiVersion, kind and metadata are needed.

    Raises:
        KubernetesError: the object could not be read, or the API server did not answer.
    """
    facts = gather_facts(kube, subject)
    finding = find_cause(facts, kube.knowledge)
    if finding.cause is not None:
        return _of_cause(kube, facts, finding.cause, finding.unread)
    for owner in family.find_owners(kube, facts.subject):
        cause = find_cause(facts.about(owner), kube.knowledge).cause
        if cause is not None:
            name = display_name(facts.subject)
            sentence = f"no problem found with {name}, but with its owner: {cause.sentence}"
            evidence = (*cause.evidence, *finding.unread)
            return Explanation(facts.subject, sentence, evidence, (), True, cause.hopeless)
    return _of_no_cause(facts, finding.unread)


def last_words(kube: Client, namespace: str | None, cause: Cause) -> tuple[str, ...]:
    """Return the last lines of the log of the container that a cause names, or none."""
    if cause.crashed is None or namespace is None:
        return ()
    pod, container = cause.crashed
    for previous in (True, False):
        try:
            text = kube.pod_logs(namespace, pod, container, previous, tail_lines=LOG_LINES)
        except KubernetesError:
            # The instance was removed, or its node is unreachable.
            continue
        if text.strip() and not text.startswith(NO_LOGS):
            return tuple(text.strip().splitlines())
    return ()


def _of_cause(kube: Client, facts: Facts, cause: Cause, unread: tuple[str, ...]) -> Explanation:
    log = last_words(kube, _namespace_of(facts, cause), cause)
    evidence = (*cause.evidence, *unread)
    return Explanation(facts.subject, cause.sentence, evidence, log, True, cause.hopeless)


def _namespace_of(facts: Facts, cause: Cause) -> str | None:
    """Return the namespace of the pod that a cause names, which may belong to an object without a namespace."""
    pods = [metadata_of(pod) for pod in facts.pods]
    crashed = cause.crashed[0] if cause.crashed else None
    found = [each.get("namespace") for each in pods if each.get("name") == crashed]
    return next(iter(found), metadata_of(facts.subject).get("namespace"))


def _of_no_cause(facts: Facts, unread: tuple[str, ...]) -> Explanation:
    subject = facts.subject
    name = display_name(subject)
    if not unread and (is_known(subject) or facts.pods or well_since(subject) is not None):
        return Explanation(subject, f"no problem found with {name}")
    lines = (*_raw_status(subject), *format_events(facts.events_of(subject)), *unread)
    return Explanation(subject, f"nothing known about {name}", lines)


def _raw_status(subject: Object) -> Iterator[str]:
    if subject.get("status") in (None, {}):
        yield "it has no status"
        return
    status = json.dumps(subject["status"], sort_keys=True, default=str)
    if len(status) > STATUS_BYTES:
        cut = len(status) - STATUS_BYTES
        status = f"{status[:STATUS_BYTES]}… ({cut} more characters)"
    yield f"status: {status}"

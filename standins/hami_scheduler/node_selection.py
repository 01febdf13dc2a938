"""Which node a pod goes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hami_scheduler.allocations import Ledger
from hami_scheduler.constraints import (
    BINPACK,
    SPREAD,
    Wishes,
    device_policy,
    node_policy,
    wishes_of,
)
from hami_scheduler.device_fit import Fit, Question, Unfit
from hami_scheduler.quotas import UNLIMITED, Quotas
from hami_scheduler.requests import Object, Requests, init_count, requests_of
from hami_scheduler.vendors import BY_WORD

UNREGISTERED = "node unregistered"


@dataclass(frozen=True)
class Policies:
    """How nodes and devices are filled where a pod does not say."""

    node: str = BINPACK
    device: str = SPREAD


@dataclass(frozen=True)
class Choice:
    """The node and the devices for a pod.

    Attributes:
        node: the node's name.
        fit: what the pod gets there.
        scores: the nodes where the pod fits, and how full each is.
    """

    node: str
    fit: Fit
    scores: Mapping[str, float]


@dataclass(frozen=True)
class NoChoice:
    """Why a pod fits nowhere, by node."""

    reasons: Mapping[str, str]


def question_of(
    pod: Object, requests: Requests, ledger: Ledger, quotas: Quotas, policies: Policies
) -> Question:
    """Return all that decides what a pod gets on a node.

    Args:
        pod: the pod.
        requests: what its containers ask for.
        ledger: what the other pods of its namespace have.
        quotas: what a namespace may have.
        policies: how devices are filled where the pod does not say.
    """
    annotations = pod["metadata"].get("annotations") or {}
    namespace = pod["metadata"]["namespace"]
    words = sorted({request.vendor.word for each in requests for request in each})
    wishes = ((word, wishes_of(annotations, BY_WORD[word])) for word in words)
    rooms = quotas.rooms(namespace, ledger.taken(namespace))
    return Question(
        requests=requests,
        init=init_count(pod),
        wishes=tuple((word, each) for word, each in wishes if each != Wishes()),
        policy=device_policy(annotations, policies.device),
        rooms=tuple((word, rooms[word]) for word in words if rooms[word] != UNLIMITED),
    )


def choose(
    pod: Object,
    names: Iterable[str],
    ledger: Ledger,
    quotas: Quotas,
    policies: Policies,
    now: datetime,
) -> Choice | NoChoice:
    """Return the best of some nodes for a pod and its devices there, or why it fits in none.

    Args:
        pod: the pod; what it was assigned before must be released.
        names: the nodes that come into question.
        ledger: all nodes, and what pods have of them.
        quotas: what a namespace may have.
        policies: how nodes and devices are filled where the pod does not say.
        now: by which handshakes are too old.
    """
    question = question_of(pod, requests_of(pod), ledger, quotas, policies)
    number = ledger.number_of(question)
    fits: dict[str, Fit] = {}
    scores: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for name in names:
        node = ledger.nodes.get(name)
        if node is None or not node.cards:
            reasons[name] = UNREGISTERED
            continue
        found, score = node.answer(question, number, now)
        if isinstance(found, Unfit):
            reasons[name] = found.reason if node.available else UNREGISTERED
        else:
            fits[name], scores[name] = found, score
    if not fits:
        return NoChoice(reasons)
    annotations = pod["metadata"].get("annotations") or {}
    sign = 1 if node_policy(annotations, policies.node) == SPREAD else -1
    best = min(scores, key=lambda name: (sign * scores[name], name))
    return Choice(best, fits[best], scores)

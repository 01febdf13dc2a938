"""Pods that the API server refuses to create, as reported by the events of their controller."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, format_events, message_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.shapes import field_of, whole_number
from maidenhair.kube.objects import condition, display_name, is_true
from maidenhair.kube.quantities import parse_quantity

_QUOTA = re.compile(
    r"exceeded quota: (?P<quota>[^,]+), requested: (?P<requested>.*), "
    r"used: (?P<used>.*), limited: (?P<limited>.*)$"
)
_QUOTA_NEEDS = re.compile(r"failed quota: (?P<quota>[^:]+): must specify (?P<fields>.*)$")
_LIMIT = re.compile(r"(?P<detail>(maximum|minimum) \S+ (usage|limit|storage) .*)$")
_POD_SECURITY = re.compile(r'violates PodSecurity "(?P<level>[^"]+)": (?P<detail>.*)$')
_POLICY = re.compile(
    r"ValidatingAdmissionPolicy '(?P<name>[^']+)' .*denied request: (?P<detail>.*)$", re.DOTALL
)
_WEBHOOK = re.compile(r'admission webhook "(?P<name>[^"]+)" denied the request:? ?(?P<detail>.*)$')
_BROKEN_WEBHOOK = re.compile(r'failed calling webhook "(?P<name>[^"]+)": (?P<detail>.*)$')
_ACCOUNT = re.compile(r'serviceaccount "(?P<name>[^"]+)" not found')
_PRIORITY = re.compile(r"no PriorityClass with name (?P<name>\S+) was found")
_RUNTIME = re.compile(r'RuntimeClass(?:\.node\.k8s\.io)? "?(?P<name>[^"\s]+)"? not found')
_INVALID = re.compile(r"is invalid: (?P<detail>.*)$", re.DOTALL)


class Refusal(NamedTuple):
    """The meaning of a refusal of the API server.

    Attributes:
        reason: the reason, as a clause.
        hopeless: whether only a change of the pod or the namespace can help.
        lacks_capacity: whether the pod may be accepted when other pods end.
    """

    reason: str
    hopeless: bool = False
    lacks_capacity: bool = False


Interpreter = Callable[[re.Match[str]], Refusal]


def pods_refused(facts: Facts) -> Cause | None:
    """Detect a workload whose pods the API server refuses."""
    if not _lacks_pods(facts):
        return None
    refusals = facts.refusals()
    # The latest hopeless refusal, otherwise the latest one.
    interpreted = [interpret_refusal(str(each.get("message"))) for each in reversed(refusals)]
    for refusal in sorted(interpreted, key=lambda each: not each.hopeless):
        sentence = f"no pod can be created for {display_name(facts.subject)}: {refusal.reason}"
        return Cause(
            sentence,
            format_events(refusals),
            refusal.hopeless,
            lacks_capacity=refusal.lacks_capacity,
        )
    failure = condition(facts.subject, "ReplicaFailure")
    if failure is None or not is_true(failure):
        return None
    reason = interpret_refusal(message_of(failure)).reason
    return Cause(f"no pod can be created for {display_name(facts.subject)}: {reason}")


def interpret_refusal(message: str) -> Refusal:
    """Interpret the API server's message about a refused pod."""
    for pattern, interpret in _INTERPRETERS:
        if found := pattern.search(message):
            return interpret(found)
    return Refusal(message)


RULES: tuple[Rule, ...] = (pods_refused,)


def _quota(found: re.Match[str]) -> Refusal:
    limited = _amounts(found["limited"])
    over_limit = [
        name
        for name, requested in _amounts(found["requested"]).items()
        if name in limited and requested > limited[name]
    ]
    reason = (
        f"ResourceQuota {found['quota']} allows {found['limited']} in total, {found['used']} is used, "
        f"and the pod requests {found['requested']}"
    )
    # If the quota is large enough for the pod alone, other pods may free what it needs.
    return Refusal(reason, hopeless=bool(over_limit), lacks_capacity=not over_limit)


def _amounts(text: str) -> dict[str, Decimal]:
    pairs = (each.partition("=") for each in text.split(","))
    return {name: parse_quantity(amount) for name, _, amount in pairs}


def _permanent(reason: str) -> Interpreter:
    return lambda found: Refusal(reason.format(**found.groupdict()), hopeless=True)


def _temporary(reason: str) -> Interpreter:
    return lambda found: Refusal(reason.format(**found.groupdict()))


_INTERPRETERS: tuple[tuple[re.Pattern[str], Interpreter], ...] = (
    (_QUOTA, _quota),
    (_QUOTA_NEEDS, _permanent("ResourceQuota {quota} requires each container to specify {fields}")),
    (
        _POD_SECURITY,
        _permanent("the namespace's PodSecurity level {level} forbids the pod: {detail}"),
    ),
    (_POLICY, _permanent("ValidatingAdmissionPolicy {name} denies the pod: {detail}")),
    (_WEBHOOK, _permanent("admission webhook {name} denies the pod: {detail}")),
    (_BROKEN_WEBHOOK, _temporary("admission webhook {name} does not answer: {detail}")),
    (_LIMIT, _permanent("a LimitRange forbids the pod: {detail}")),
    # Temporary, because the ServiceAccount of a new namespace is created shortly after it.
    (_ACCOUNT, _temporary("ServiceAccount {name} does not exist")),
    (_PRIORITY, _temporary("PriorityClass {name} does not exist")),
    (_RUNTIME, _temporary("RuntimeClass {name} does not exist")),
    (re.compile("because it is being terminated"), _permanent("its namespace is being deleted")),
    (_INVALID, _permanent("the pod is invalid: {detail}")),
)


def _lacks_pods(facts: Facts) -> bool:
    replicas = whole_number(field_of(facts.subject, "spec", "replicas"))
    return not facts.pods or len(facts.pods) < (1 if replicas is None else replicas)

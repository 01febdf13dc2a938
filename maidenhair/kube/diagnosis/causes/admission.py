"""Pods that nobody may make: what the API server answers to the controller that tries."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from maidenhair.kube.diagnosis.causes.cause import Cause, Rule, format_events, message_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object, condition, display_name, is_true
from maidenhair.kube.quantities import parse_quantity

_QUOTA = re.compile(
    r"exceeded quota: (?P<quota>[^,]+), requested: (?P<requested>.*), "
    r"used: (?P<used>.*), limited: (?P<limited>.*)$"
)
_QUOTA_NEEDS = re.compile(r"failed quota: (?P<quota>[^:]+): must specify (?P<what>.*)$")
_LIMIT = re.compile(r"(?P<told>(maximum|minimum) \S+ (usage|limit|storage) .*)$")
_POD_SECURITY = re.compile(r'violates PodSecurity "(?P<level>[^"]+)": (?P<told>.*)$')
_POLICY = re.compile(
    r"ValidatingAdmissionPolicy '(?P<name>[^']+)' .*denied request: (?P<told>.*)$", re.DOTALL
)
_WEBHOOK = re.compile(r'admission webhook "(?P<name>[^"]+)" denied the request:? ?(?P<told>.*)$')
_BROKEN_WEBHOOK = re.compile(r'failed calling webhook "(?P<name>[^"]+)": (?P<told>.*)$')
_ACCOUNT = re.compile(r'serviceaccount "(?P<name>[^"]+)" not found')
_PRIORITY = re.compile(r"no PriorityClass with name (?P<name>\S+) was found")
_RUNTIME = re.compile(r'RuntimeClass(?:\.node\.k8s\.io)? "?(?P<name>[^"\s]+)"? not found')
_INVALID = re.compile(r"is invalid: (?P<told>.*)$", re.DOTALL)

Reading = tuple[str, bool, bool]
"""A refusal in words, whether it is hopeless, and whether it may pass as others end."""


def no_pod_can_be_made(facts: Facts) -> Cause | None:
    """Tell of a workload whose pods the API server refuses."""
    if not _lacks_pods(facts):
        return None
    refusals = facts.refusals()
    # The first of those that end all hope, else the last that was said.
    readings = [interpret_refusal(str(each.get("message"))) for each in reversed(refusals)]
    for words, hopeless, lacks_capacity in sorted(readings, key=lambda each: not each[1]):
        sentence = f"no pod can be made for {display_name(facts.subject)}: {words}"
        return Cause(sentence, format_events(refusals), hopeless, lacks_capacity=lacks_capacity)
    failure = condition(facts.subject, "ReplicaFailure")
    if failure is None or not is_true(failure):
        return None
    words, _, _ = interpret_refusal(message_of(failure))
    return Cause(f"no pod can be made for {display_name(facts.subject)}: {words}")


def interpret_refusal(message: str) -> Reading:
    """Return what the API server's refusal of a pod means."""
    for pattern, read in _READERS:
        if found := pattern.search(message):
            return read(found)
    return message, False, False


RULES: tuple[Rule, ...] = (no_pod_can_be_made,)


def _quota(found: re.Match[str]) -> Reading:
    limited = _amounts(found["limited"])
    alone = [
        name
        for name, asked in _amounts(found["requested"]).items()
        if name in limited and asked > limited[name]
    ]
    words = (
        f"ResourceQuota {found['quota']} allows {found['limited']} in all, {found['used']} are used, "
        f"and a pod asks for {found['requested']}"
    )
    # What others use may be freed.
    return words, bool(alone), not alone


def _amounts(told: str) -> dict[str, Decimal]:
    pairs = (each.partition("=") for each in told.split(","))
    return {name: parse_quantity(amount) for name, _, amount in pairs}


def _account(found: re.Match[str]) -> Reading:
    # The account of a new namespace comes a moment after it.
    return f"ServiceAccount {found['name']} does not exist", False, False


def _stays(text: str) -> Callable[[re.Match[str]], Reading]:
    return lambda found: (text.format(**found.groupdict()), True, False)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Reading]], ...] = (
    (_QUOTA, _quota),
    (_QUOTA_NEEDS, _stays("ResourceQuota {quota} needs each container to specify {what}")),
    (_POD_SECURITY, _stays("the namespace's PodSecurity level {level} forbids it: {told}")),
    (_POLICY, _stays("ValidatingAdmissionPolicy {name} denies it: {told}")),
    (_WEBHOOK, _stays("the admission webhook {name} denies it: {told}")),
    (
        _BROKEN_WEBHOOK,
        lambda found: (
            f"the admission webhook {found['name']} does not answer: {found['told']}",
            False,
            False,
        ),
    ),
    (_LIMIT, _stays("a LimitRange forbids it: {told}")),
    (_ACCOUNT, _account),
    (_PRIORITY, lambda found: (f"PriorityClass {found['name']} does not exist", False, False)),
    (_RUNTIME, lambda found: (f"RuntimeClass {found['name']} does not exist", False, False)),
    (re.compile("because it is being terminated"), _stays("its namespace is being deleted")),
    (_INVALID, _stays("the pod is invalid: {told}")),
)


def _lacks_pods(facts: Facts) -> bool:
    wanted: Object = facts.subject.get("spec") or {}
    return not facts.pods or len(facts.pods) < wanted.get("replicas", 1)

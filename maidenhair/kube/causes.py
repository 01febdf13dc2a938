"""From facts to the likely cause, in one sentence; pure functions, no requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from maidenhair.kube.facts import Facts
from maidenhair.kube.manifests import Object, condition, described

IMAGE_REASONS = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"}
)
CONTAINER_REASONS = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
)
VOLUME_REASONS = frozenset({"FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"})
CRASHES_UNTIL_HOPELESS = 2
EVENTS_SHOWN = 4

# A registry that is overloaded, or a transfer that broke: kubelet's next try may succeed.
_PASSING = (
    "toomanyrequests",
    "too many requests",
    "429",
    "503",
    "connection reset",
    "unexpected eof",
)
# Of all that admission refuses, what stays refused however often it is tried. A quota may be freed,
# and the service account of a new namespace comes a moment after it.
_STAYS_REFUSED = ("violates PodSecurity", "usage per", "is invalid")


@dataclass(frozen=True)
class Cause:
    """Why an object is not as it should be.

    Attributes:
        sentence: the likely cause.
        evidence: lines that support it: conditions and events.
        hopeless: whether only a change from outside can help.
        crashed: pod and container whose last log line tells more.
    """

    sentence: str
    evidence: tuple[str, ...] = ()
    hopeless: bool = False
    crashed: tuple[str, str] | None = None


def likely_cause(facts: Facts) -> Cause | None:
    """Return the likely cause of what `facts` show, or None where they show nothing wrong."""
    causes = [cause for pod in facts.pods for cause in _of_pod(facts, pod)]
    if not facts.pods:
        causes += _of_refusals(facts)
    # The first of those that end all hope, else the first.
    for cause in sorted(causes, key=lambda each: not each.hopeless):
        return cause
    return _of_subject(facts)


def _of_pod(facts: Facts, pod: Object) -> Iterator[Cause]:
    evidence = _evidence(facts, pod)
    for status in _container_statuses(pod):
        yield from _of_waiting(facts, pod, status, evidence)
        yield from _of_end(pod, status, evidence)
    scheduled = condition(pod, "PodScheduled")
    if scheduled and scheduled["status"] == "False":
        yield Cause(f"{described(pod)} cannot be scheduled: {_message(scheduled)}", evidence)
    yield from _of_node(facts, pod, evidence)
    for event in reversed(facts.events_of(pod)):
        if event.get("reason") in VOLUME_REASONS and _is_starting(pod):
            yield Cause(f"{described(pod)} cannot start: {event.get('message')}", evidence)
    yield from _of_readiness(facts, pod, evidence)


def _of_waiting(
    facts: Facts, pod: Object, status: Mapping[str, Any], evidence: tuple[str, ...]
) -> Iterator[Cause]:
    waiting = (status.get("state") or {}).get("waiting") or {}
    where = f"container {status['name']} of {described(pod)}"
    if waiting.get("reason") in IMAGE_REASONS:
        message = _pull_message(facts, pod, waiting)
        hopeless = not any(word in message.lower() for word in _PASSING)
        image = status.get("image") or _image(pod, status["name"])
        sentence = f'the image "{image}" of {where} cannot be pulled: {message}'
        yield Cause(sentence, evidence, hopeless)
    if waiting.get("reason") in CONTAINER_REASONS:
        yield Cause(f"{where} cannot be made: {_message(waiting)}", evidence)
    if waiting.get("reason") == "CrashLoopBackOff":
        restarts = status.get("restartCount", 0)
        ended = (status.get("lastState") or {}).get("terminated") or {}
        sentence = (
            f"{where} crashes again and again ({restarts} restarts): it ended with {_end(ended)}"
        )
        hopeless = restarts >= CRASHES_UNTIL_HOPELESS
        crashed = (pod["metadata"]["name"], status["name"])
        yield Cause(sentence, evidence, hopeless, crashed)


def _of_end(pod: Object, status: Mapping[str, Any], evidence: tuple[str, ...]) -> Iterator[Cause]:
    ended = (status.get("state") or {}).get("terminated")
    if ended and ended.get("exitCode") != 0:
        where = f"container {status['name']} of {described(pod)}"
        crashed = (pod["metadata"]["name"], status["name"])
        yield Cause(f"{where} ended with {_end(ended)}", evidence, crashed=crashed)


def _of_node(facts: Facts, pod: Object, evidence: tuple[str, ...]) -> Iterator[Cause]:
    node = facts.nodes.get(pod["spec"].get("nodeName", ""))
    ready = condition(node, "Ready")
    if node is not None and (ready is None or ready["status"] != "True"):
        message = _message(ready) if ready else "it has no status"
        sentence = f"{described(node)}, on which {described(pod)} runs, is not Ready: {message}"
        yield Cause(sentence, evidence)


def _of_readiness(facts: Facts, pod: Object, evidence: tuple[str, ...]) -> Iterator[Cause]:
    ready = condition(pod, "Ready")
    if not ready or ready["status"] == "True" or ready.get("reason") == "PodCompleted":
        return
    unhealthy = [each for each in facts.events_of(pod) if each.get("reason") == "Unhealthy"]
    if unhealthy:
        yield Cause(f"{described(pod)} runs but fails: {unhealthy[-1].get('message')}", evidence)
    elif not _is_starting(pod):
        yield Cause(f"{described(pod)} runs but is not Ready: {_message(ready)}", evidence)
    else:
        yield Cause(f"{described(pod)} is still starting: {_message(ready)}", evidence)


def _of_refusals(facts: Facts) -> Iterator[Cause]:
    for event in reversed(facts.refusals()):
        message = str(event.get("message"))
        hopeless = any(words in message for words in _STAYS_REFUSED)
        sentence = f"no pod can be made for {described(facts.subject)}: {message}"
        yield Cause(sentence, _told(facts.refusals()), hopeless)
    failure = condition(facts.subject, "ReplicaFailure")
    if failure and failure["status"] == "True":
        sentence = f"no pod can be made for {described(facts.subject)}: {_message(failure)}"
        yield Cause(sentence)


def _of_subject(facts: Facts) -> Cause | None:
    subject = facts.subject
    for kind in ("Ready", "Available", "Programmed", "Accepted"):
        found = condition(subject, kind)
        if found and found["status"] != "True":
            return Cause(f"{described(subject)} is not {kind}: {_message(found)}")
    if "uid" not in subject["metadata"]:
        return Cause(f"{described(subject)} does not exist")
    if subject["kind"] == "Compute" and not (subject.get("status") or {}).get("conditions"):
        sentence = f"nothing has acted on {described(subject)}: is the SkyTorch operator running?"
        return Cause(sentence)
    return None


def _container_statuses(pod: Object) -> list[Mapping[str, Any]]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def _is_starting(pod: Object) -> bool:
    return bool((pod.get("status") or {}).get("phase", "Pending") == "Pending")


def _pull_message(facts: Facts, pod: Object, waiting: Mapping[str, Any]) -> str:
    """Return the registry's message, which the back-off's own text may lack."""
    message = str(waiting.get("message") or "")
    if waiting["reason"] != "ImagePullBackOff" or "ErrImagePull" in message:
        return message or waiting["reason"]
    failed = [
        each.get("message", "")
        for each in facts.events_of(pod)
        if each.get("reason") == "Failed" and "pull image" in each.get("message", "")
    ]
    return failed[-1] if failed else message or waiting["reason"]


def _image(pod: Object, container: str) -> str:
    spec = pod["spec"]
    containers = [*spec.get("initContainers", []), *spec["containers"]]
    return next((each["image"] for each in containers if each["name"] == container), "unknown")


def _end(terminated: Mapping[str, Any]) -> str:
    reason = terminated.get("reason")
    detail = f" ({reason})" if reason and reason != "Error" else ""
    message = terminated.get("message")
    words = f": {str(message).strip()}" if message else ""
    return f"exit code {terminated.get('exitCode', 'unknown')}{detail}{words}"


def _evidence(facts: Facts, pod: Object) -> tuple[str, ...]:
    conditions = (pod.get("status") or {}).get("conditions") or []
    failing = [
        f"{described(pod)}: condition {each['type']} is {each['status']}: {_message(each)}"
        for each in conditions
        # ContainersReady says no more than Ready.
        if each["status"] != "True" and each["type"] != "ContainersReady"
    ]
    return (*failing, *_told(facts.events_of(pod)))


def _told(events: list[Object]) -> tuple[str, ...]:
    return tuple(
        f"event of {each['involvedObject']['kind']} {each['involvedObject']['name']}: "
        f"{each.get('reason')}: {each.get('message')}"
        for each in events[-EVENTS_SHOWN:]
    )


def _message(found: Mapping[str, Any]) -> str:
    parts = [found.get("reason"), found.get("message")]
    return ": ".join(str(part) for part in parts if part) or "no reason given"

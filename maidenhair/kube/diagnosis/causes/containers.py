"""Containers that cannot be created, that end, or that are not ready."""

from __future__ import annotations

import re

from maidenhair.kube.diagnosis.causes import pods
from maidenhair.kube.diagnosis.causes.cause import Cause, PodRule, evidence_of, message_of
from maidenhair.kube.diagnosis.causes.pods import ContainerState, containers_of, is_starting
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object, condition, display_name

CREATE_REASONS = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
)
CRASHES_UNTIL_HOPELESS = 2

_ABSENT = re.compile(r'(?P<kind>secret|configmap) "(?P<name>[^"]+)" not found')
_NO_KEY = re.compile(r"couldn't find key (?P<key>\S+) in (?P<kind>\w+) (?P<name>\S+)")
_NO_COMMAND = re.compile(r'exec: "(?P<command>[^"]+)": .*(not found|no such file or directory)')


def failed_as_a_whole(facts: Facts, pod: Object) -> Cause | None:
    """Detect a pod that was terminated from outside: evicted, past its deadline, or refused by its node."""
    status = pod.get("status") or {}
    if status.get("phase") != "Failed" or not status.get("reason"):
        return None
    sentence = f"{display_name(pod)} was terminated: {message_of(status)}"
    return Cause(sentence, evidence_of(facts, pod), hopeless=_has_failed(facts, pod))


def absent_source(facts: Facts, pod: Object) -> Cause | None:
    """Detect a container whose environment needs a missing Secret or ConfigMap, or a missing key of one."""
    for container in containers_of(pod):
        if container.waiting.get("reason") != "CreateContainerConfigError":
            continue
        missing = _missing_source(pod, str(container.waiting.get("message")))
        if missing:
            return Cause(f"{container} needs {missing}", evidence_of(facts, pod))
    return None


def cannot_be_created(facts: Facts, pod: Object) -> Cause | None:
    """Detect a container that the container runtime cannot create."""
    for container in containers_of(pod):
        if container.waiting.get("reason") in CREATE_REASONS:
            command = _absent_command(str(container.waiting.get("message")))
            reason = command or message_of(container.waiting)
            return Cause(f"{container} cannot be created: {reason}", evidence_of(facts, pod))
    return None


def out_of_memory(facts: Facts, pod: Object) -> Cause | None:
    """Detect a container that was killed because it ran out of memory."""
    for container in _unwell(pod):
        if container.ended.get("reason") == "OOMKilled":
            limits = (container.spec().get("resources") or {}).get("limits") or {}
            limit = f"its limit of {limits['memory']}" if "memory" in limits else "its pod's limit"
            sentence = (
                f"{container} was killed because it exceeded {limit} of memory{_times(container)}: "
                f"it ended with {_end(container)}"
            )
            return _crash(facts, container, sentence)
    return None


def killed_by_probe(facts: Facts, pod: Object) -> Cause | None:
    """Detect a container that was killed because its liveness or startup probe failed."""
    for container in _unwell(pod):
        probe = _killing_probe(facts, container)
        if container.ended and probe:
            message = _unhealthy(facts, container, probe) or f"{probe} probe failed"
            sentence = (
                f"{container} is killed by its {probe.lower()} probe{_times(container)}: {message}"
            )
            return _crash(facts, container, sentence)
    return None


def absent_command(facts: Facts, pod: Object) -> Cause | None:
    """Detect a container whose command is not in its image."""
    for container in _unwell(pod):
        command = _absent_command(str(container.ended.get("message")))
        if command:
            sentence = f"{container} cannot start: {command}"
            return Cause(sentence, evidence_of(facts, pod), _is_hopeless(facts, container))
    return None


def crash_loop(facts: Facts, pod: Object) -> Cause | None:
    """Detect a container that ends each time it is started."""
    for container in _unwell(pod):
        if container.is_looping:
            sentence = (
                f"{container} keeps crashing ({container.restarts} restarts): "
                f"it ended with {_end(container)}"
            )
            return _crash(facts, container, sentence)
    return None


def ended_with_error(facts: Facts, pod: Object) -> Cause | None:
    """Detect a container that ended with an error, even if it has been restarted since."""
    for container in _unwell(pod):
        if container.ended and container.ended.get("exitCode") != 0:
            sentence = f"{container} ended with {_end(container)}{_times(container)}"
            return _crash(facts, container, sentence)
    return None


def init_container_runs(facts: Facts, pod: Object) -> Cause | None:
    """Detect a pod whose containers wait for an init container that has not ended."""
    for container in containers_of(pod):
        running = (container.status.get("state") or {}).get("running")
        is_sidecar = container.spec().get("restartPolicy") == "Always"
        if container.init and running is not None and not is_sidecar:
            since = running.get("startedAt")
            started = f" since it started at {since}" if since else ""
            sentence = f"{container} has not completed{started}"
            return Cause(sentence, evidence_of(facts, pod), crashed=container.crashed)
    return None


def not_ready(facts: Facts, pod: Object) -> Cause | None:
    """Detect a pod that is running but not Ready, or that is still starting."""
    ready = condition(pod, "Ready")
    if not ready or ready["status"] == "True" or ready.get("reason") == "PodCompleted":
        return None
    evidence = evidence_of(facts, pod)
    unhealthy = [each for each in facts.events_of(pod) if each.get("reason") == "Unhealthy"]
    if unhealthy:
        return Cause(
            f"{display_name(pod)} is running but not Ready: {unhealthy[-1].get('message')}",
            evidence,
        )
    if is_starting(pod):
        return Cause(f"{display_name(pod)} is still starting: {message_of(ready)}", evidence)
    return Cause(f"{display_name(pod)} is running but not Ready: {message_of(ready)}", evidence)


RULES: tuple[PodRule, ...] = (
    failed_as_a_whole,
    absent_source,
    cannot_be_created,
    out_of_memory,
    killed_by_probe,
    absent_command,
    crash_loop,
    ended_with_error,
)
SYMPTOMS: tuple[PodRule, ...] = (init_container_runs, not_ready)


def _unwell(pod: Object) -> list[ContainerState]:
    return [each for each in containers_of(pod) if not each.is_well]


def _crash(facts: Facts, container: ContainerState, sentence: str) -> Cause:
    hopeless = _is_hopeless(facts, container)
    evidence = evidence_of(facts, container.pod)
    return Cause(sentence, evidence, hopeless, container.crashed)


def _is_hopeless(facts: Facts, container: ContainerState) -> bool:
    loops = container.is_looping and container.restarts >= CRASHES_UNTIL_HOPELESS
    return loops or _has_failed(facts, container.pod)


def _has_failed(facts: Facts, pod: Object) -> bool:
    """Return whether the pod has failed and no controller replaces it."""
    failed = (pod.get("status") or {}).get("phase") == "Failed"
    return failed and facts.kind == "Pod"


def _missing_source(pod: Object, message: str) -> str | None:
    if found := _ABSENT.search(message):
        return pods.absent_source(pod, found["kind"], found["name"])
    if found := _NO_KEY.search(message):
        return f"the key {found['key']} of {found['kind']} {found['name']}, which has no such key"
    return None


def _absent_command(message: str) -> str | None:
    found = _NO_COMMAND.search(message)
    return f'its command "{found["command"]}" is not in its image' if found else None


def _killing_probe(facts: Facts, container: ContainerState) -> str | None:
    for event in reversed(container.events(facts)):
        for probe in ("Liveness", "Startup"):
            if event.get("reason") == "Killing" and f"{probe.lower()} probe" in event["message"]:
                return probe
    return None


def _unhealthy(facts: Facts, container: ContainerState, probe: str) -> str | None:
    messages = [
        str(each.get("message"))
        for each in container.events(facts)
        if each.get("reason") == "Unhealthy" and str(each.get("message")).startswith(probe)
    ]
    return messages[-1].strip() if messages else None


def _times(container: ContainerState) -> str:
    if not container.restarts:
        return ""
    return f" ({container.restarts} {'restart' if container.restarts == 1 else 'restarts'})"


def _end(container: ContainerState) -> str:
    ended = container.ended
    reason = ended.get("reason")
    detail = f" ({reason})" if reason and reason != "Error" else ""
    message = ended.get("message")
    suffix = f": {str(message).strip()}" if message else ""
    return f"exit code {ended.get('exitCode', 'unknown')}{detail}{suffix}"

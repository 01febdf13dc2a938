"""Images that a node does not get."""

from __future__ import annotations

from maidenhair.kube.diagnosis.causes.cause import Cause, PodRule, evidence_of
from maidenhair.kube.diagnosis.causes.pods import ContainerState, containers_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object

PULL_REASONS = frozenset({"ErrImagePull", "ImagePullBackOff"})

# A registry that is overloaded, or a transfer that broke: kubelet's next try may succeed.
_PASSING = (
    "toomanyrequests",
    "too many requests",
    "429",
    "503",
    "connection reset",
    "unexpected eof",
)
# How registries and containerd word it, and what it means.
_MEANINGS = (
    (
        ("connection refused", "no such host", "i/o timeout", "network is unreachable"),
        "unreachable",
    ),
    (("authorization failed", "unauthorized", "access denied", "403 forbidden"), "denied"),
    ((": not found", "manifest unknown"), "absent"),
)
_HINTS = {
    "unreachable": " (its registry cannot be reached)",
    "denied": " (its registry refuses access: does the pod name the right imagePullSecrets?)",
    "absent": " (its registry has no such image)",
}


def bad_name(facts: Facts, pod: Object) -> Cause | None:
    """Tell of an image whose name cannot be one."""
    for container in containers_of(pod):
        if container.waiting.get("reason") == "InvalidImageName":
            sentence = f'"{_image(container)}" of {container} is no name that an image can have'
            return Cause(sentence, evidence_of(facts, pod), hopeless=True)
    return None


def never_pulled(facts: Facts, pod: Object) -> Cause | None:
    """Tell of an image that the node lacks and may not pull."""
    for container in containers_of(pod):
        if container.waiting.get("reason") == "ErrImageNeverPull":
            node = pod["spec"].get("nodeName")
            sentence = (
                f'the image "{_image(container)}" of {container} is not on Node {node}, '
                "and its imagePullPolicy is Never"
            )
            return Cause(sentence, evidence_of(facts, pod), hopeless=True)
    return None


def not_pulled(facts: Facts, pod: Object) -> Cause | None:
    """Tell of an image that cannot be pulled, in the registry's own words."""
    for container in containers_of(pod):
        if container.waiting.get("reason") in PULL_REASONS:
            message = _pull_message(facts, container)
            hopeless = not any(word in message.lower() for word in _PASSING)
            hint = _hint(message) if hopeless else ""
            image = _image(container)
            sentence = f'the image "{image}" of {container} cannot be pulled{hint}: {message}'
            return Cause(sentence, evidence_of(facts, pod), hopeless)
    return None


RULES: tuple[PodRule, ...] = (bad_name, never_pulled, not_pulled)


def _image(container: ContainerState) -> str:
    return str(container.status.get("image") or container.spec().get("image", "unknown"))


def _hint(message: str) -> str:
    said = message.lower()
    for words, meaning in _MEANINGS:
        if any(word in said for word in words):
            return _HINTS[meaning]
    return ""


def _pull_message(facts: Facts, container: ContainerState) -> str:
    """Return the registry's message, which the back-off's own text may lack."""
    waiting = container.waiting
    message = str(waiting.get("message") or "")
    if waiting["reason"] != "ImagePullBackOff" or "ErrImagePull" in message:
        return message or str(waiting["reason"])
    failed = [
        str(each.get("message"))
        for each in facts.events_of(container.pod)
        if each.get("reason") == "Failed" and "pull image" in str(each.get("message"))
    ]
    return failed[-1] if failed else message or str(waiting["reason"])

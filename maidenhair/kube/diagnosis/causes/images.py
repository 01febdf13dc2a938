"""Images that a node cannot pull."""

from __future__ import annotations

from maidenhair.kube.diagnosis.causes.cause import Cause, PodRule, evidence_of
from maidenhair.kube.diagnosis.causes.pods import ContainerState, containers_of
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object

PULL_REASONS = frozenset({"ErrImagePull", "ImagePullBackOff"})

# The registry is overloaded or the connection was lost, so kubelet's next attempt may succeed.
_TEMPORARY = (
    "toomanyrequests",
    "too many requests",
    "429",
    "503",
    "connection reset",
    "unexpected eof",
)
# Texts of registries and containerd, and their meaning.
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
    "denied": " (its registry denies access; check the pod's imagePullSecrets)",
    "absent": " (its registry has no such image)",
}


def bad_name(facts: Facts, pod: Object) -> Cause | None:
    """Detect an invalid image name."""
    for container in containers_of(pod):
        if container.waiting.get("reason") == "InvalidImageName":
            sentence = f'{container} has the invalid image name "{_image(container)}"'
            return Cause(sentence, evidence_of(facts, pod), hopeless=True)
    return None


def never_pulled(facts: Facts, pod: Object) -> Cause | None:
    """Detect an image that is not on the node, with the pull policy Never."""
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
    """Detect an image that cannot be pulled. The cause quotes the registry."""
    for container in containers_of(pod):
        if container.waiting.get("reason") in PULL_REASONS:
            message = _pull_message(facts, container)
            hopeless = not any(word in message.lower() for word in _TEMPORARY)
            hint = _hint(message) if hopeless else ""
            image = _image(container)
            sentence = f'the image "{image}" of {container} cannot be pulled{hint}: {message}'
            return Cause(sentence, evidence_of(facts, pod), hopeless)
    return None


RULES: tuple[PodRule, ...] = (bad_name, never_pulled, not_pulled)


def _image(container: ContainerState) -> str:
    return str(container.status.get("image") or container.spec().get("image", "unknown"))


def _hint(message: str) -> str:
    lowered = message.lower()
    for words, meaning in _MEANINGS:
        if any(word in lowered for word in words):
            return _HINTS[meaning]
    return ""


def _pull_message(facts: Facts, container: ContainerState) -> str:
    """Return the registry's message. While kubelet backs off, only the events may contain it."""
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

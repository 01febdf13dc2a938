"""The states of a pod's containers, used by several groups of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.objects import Object, display_name, format_name


@dataclass(frozen=True)
class ContainerState:
    """The state of one container of a pod.

    Attributes:
        pod: the pod.
        status: the container's status.
        init: whether it is an init container.
    """

    pod: Object
    status: Mapping[str, Any]
    init: bool

    @property
    def name(self) -> str:
        """Return the container's name."""
        return str(self.status["name"])

    @property
    def waiting(self) -> Mapping[str, Any]:
        """Return the waiting state with its reason; empty if the container is not waiting."""
        return (self.status.get("state") or {}).get("waiting") or {}

    @property
    def ended(self) -> Mapping[str, Any]:
        """Return the terminated state, current or before the last restart; empty if there is none."""
        now = (self.status.get("state") or {}).get("terminated")
        return now or (self.status.get("lastState") or {}).get("terminated") or {}

    @property
    def restarts(self) -> int:
        """Return the number of restarts."""
        return int(self.status.get("restartCount", 0))

    @property
    def is_well(self) -> bool:
        """Return whether it is running and ready, or has ended without an error."""
        state = self.status.get("state") or {}
        if "running" in state:
            return bool(self.status.get("ready") or (self.init and self.status.get("started")))
        return (state.get("terminated") or {}).get("exitCode") == 0 and not self.is_looping

    @property
    def is_looping(self) -> bool:
        """Return whether it has ended at least twice, and kubelet waits before it starts it again.

        Up to Kubernetes 1.35, the container is then waiting, with the reason CrashLoopBackOff. Since 1.36 its state
        tells how it ended.
        """
        ended = (self.status.get("state") or {}).get("terminated")
        if ended is None:
            return self.waiting.get("reason") == "CrashLoopBackOff"
        return self.restarts > 0 and self._starts_again(ended.get("exitCode"))

    def _starts_again(self, exit_code: int | None) -> bool:
        policy = self.pod["spec"].get("restartPolicy", "Always")
        if self.init and policy == "Always":
            policy = "OnFailure"
        policy = self.spec().get("restartPolicy", policy)
        return policy == "Always" or (policy == "OnFailure" and exit_code != 0)

    @property
    def crashed(self) -> tuple[str, str]:
        """Return the names of the pod and the container."""
        return self.pod["metadata"]["name"], self.name

    def spec(self) -> Mapping[str, Any]:
        """Return the container's part of the pod's spec."""
        spec = self.pod["spec"]
        containers = [*(spec.get("initContainers") or []), *spec["containers"]]
        return next((each for each in containers if each["name"] == self.name), {})

    def events(self, facts: Facts) -> list[Object]:
        """Return the events of this container, oldest first."""
        field = f"spec.{'initContainers' if self.init else 'containers'}{{{self.name}}}"
        events = facts.events_of(self.pod)
        return [each for each in events if each["involvedObject"].get("fieldPath") == field]

    def __str__(self) -> str:
        """Return the name of the container in messages."""
        return f"{'init ' if self.init else ''}container {self.name} of {display_name(self.pod)}"


def containers_of(pod: Object) -> list[ContainerState]:
    """Return the state of each container that has a status, init containers first."""
    status = pod.get("status") or {}
    return [
        *(ContainerState(pod, each, True) for each in status.get("initContainerStatuses") or []),
        *(ContainerState(pod, each, False) for each in status.get("containerStatuses") or []),
    ]


def absent_source(pod: Object, kind: str, name: str) -> str:
    """Describe a missing Secret or ConfigMap of a pod.

    Args:
        pod: the pod.
        kind: the kind as kubelet writes it, in lower case.
        name: the name of the Secret or ConfigMap.
    """
    kind = {"secret": "Secret", "configmap": "ConfigMap"}.get(kind, kind)
    return f"{format_name(kind, name, pod['metadata'].get('namespace'))}, which does not exist"


def is_starting(pod: Object) -> bool:
    """Return whether the pod is Pending, so that not all of its containers have been started."""
    return bool((pod.get("status") or {}).get("phase", "Pending") == "Pending")

"""The parts of a pod's status that several kinds of causes are told from."""

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
        """Return why it waits; empty where it does not."""
        return (self.status.get("state") or {}).get("waiting") or {}

    @property
    def ended(self) -> Mapping[str, Any]:
        """Return how it ended, now or before it was started again; empty where it never did."""
        now = (self.status.get("state") or {}).get("terminated")
        return now or (self.status.get("lastState") or {}).get("terminated") or {}

    @property
    def restarts(self) -> int:
        """Return how often it was started again."""
        return int(self.status.get("restartCount", 0))

    @property
    def is_well(self) -> bool:
        """Return whether it runs and is ready, or has ended without an error."""
        state = self.status.get("state") or {}
        if "running" in state:
            return bool(self.status.get("ready") or (self.init and self.status.get("started")))
        return (state.get("terminated") or {}).get("exitCode") == 0

    @property
    def crashed(self) -> tuple[str, str]:
        """Return the names of pod and container."""
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
        """Return how messages name the container."""
        return f"{'init ' if self.init else ''}container {self.name} of {display_name(self.pod)}"


def containers_of(pod: Object) -> list[ContainerState]:
    """Return the containers that have a status, init containers first."""
    status = pod.get("status") or {}
    return [
        *(ContainerState(pod, each, True) for each in status.get("initContainerStatuses") or []),
        *(ContainerState(pod, each, False) for each in status.get("containerStatuses") or []),
    ]


def absent_source(pod: Object, kind: str, name: str) -> str:
    """Return in words a Secret or ConfigMap, of which kubelet writes the kind small, that a pod lacks."""
    kind = {"secret": "Secret", "configmap": "ConfigMap"}.get(kind, kind)
    return f"{format_name(kind, name, pod['metadata'].get('namespace'))}, which does not exist"


def is_starting(pod: Object) -> bool:
    """Return whether not all of the pod's containers have been started yet."""
    return bool((pod.get("status") or {}).get("phase", "Pending") == "Pending")

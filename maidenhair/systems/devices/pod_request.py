"""The manifests of pods that request devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from maidenhair.kube import Object

MAIN = "main"
CONTAINER, INIT_CONTAINER, SIDECAR = "container", "init container", "sidecar"
KINDS = (CONTAINER, INIT_CONTAINER, SIDECAR)


@dataclass(frozen=True)
class Container:
    """A container of a pod.

    Attributes:
        limits: the resource limits, by resource.
        requests: the resource requests, by resource. Kubernetes uses the limits if there are none.
        name: the container's name.
        kind: "container", "init container" or "sidecar".
        privileged: whether the container is privileged.
    """

    limits: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, str] = field(default_factory=dict)
    name: str = MAIN
    kind: str = CONTAINER
    privileged: bool = False


@dataclass(frozen=True)
class Placement:
    """The nodes that pods may run on, and the program of their containers there.

    Attributes:
        image: the image of each container.
        command: the command of each container; empty on nodes that run no containers.
        pod: fields of the pod's spec.
        labels: labels of the pod.
    """

    image: str
    command: Sequence[str] = ()
    pod: Mapping[str, object] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PodRequest:
    """A pod that a test creates.

    Attributes:
        containers: its containers, init containers and sidecars.
        annotations: its annotations.
        labels: its labels.
        scheduler: the name of its scheduler; None for the default scheduler.
        priority_class: the name of its PriorityClass; None for the default priority.
        node: the name of its node in the cluster; None if a scheduler chooses one.
    """

    containers: Sequence[Container] = (Container(),)
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    scheduler: str | None = None
    priority_class: str | None = None
    node: str | None = None

    def manifest(self, name: str, placement: Placement) -> Object:
        """Return the manifest of the pod.

        Args:
            name: the pod's name.
            placement: the nodes that the pod may run on.
        """
        metadata = {"name": name, **self._metadata(placement)}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata,
            "spec": self._spec(placement),
        }

    def deployment(self, name: str, placement: Placement, pods: int) -> Object:
        """Return the manifest of a Deployment of such pods. Its name is the value of their label `app`.

        Args:
            name: the Deployment's name.
            placement: the nodes that the pods may run on.
            pods: the number of pods.
        """
        template = {"metadata": self._metadata(placement), "spec": self._spec(placement)}
        template["metadata"]["labels"]["app"] = name
        selector = {"matchLabels": {"app": name}}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {"replicas": pods, "selector": selector, "template": template},
        }

    def _metadata(self, placement: Placement) -> Object:
        return {
            "labels": {**placement.labels, **self.labels},
            "annotations": dict(self.annotations),
        }

    def _spec(self, placement: Placement) -> Object:
        named = {
            "schedulerName": self.scheduler,
            "nodeName": self.node,
            "priorityClassName": self.priority_class,
        }
        made = [(each.kind, _container(each, placement)) for each in self.containers]
        return {
            **{key: value for key, value in named.items() if value is not None},
            **placement.pod,
            "automountServiceAccountToken": False,
            "containers": [each for kind, each in made if kind == CONTAINER],
            "initContainers": [each for kind, each in made if kind != CONTAINER],
        }


def _container(container: Container, placement: Placement) -> Object:
    resources = {"limits": dict(container.limits), "requests": dict(container.requests)}
    manifest: Object = {
        "name": container.name,
        "image": placement.image,
        "imagePullPolicy": "IfNotPresent",
        "resources": {key: value for key, value in resources.items() if value},
    }
    if placement.command:
        stay = [] if container.kind == INIT_CONTAINER else ["--stay"]
        manifest["command"] = [*placement.command, *stay]
    if container.privileged:
        manifest["securityContext"] = {"privileged": True}
    if container.kind == SIDECAR:
        manifest["restartPolicy"] = "Always"
    return manifest

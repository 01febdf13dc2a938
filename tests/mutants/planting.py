"""Plant a fault in a stand-in that runs on a cluster, without building an image or deploying the stand-in again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from hamcrest import greater_than

from maidenhair.clusters.images.packages import APP
from maidenhair.errors import WaitError
from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.matchers.rolled_out import is_rolled_out
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually
from tests.mutants.mutant import Mutant

FAULT = "planted-fault"
"""The name of the ConfigMap with the changed file, and of the volume in the stand-in's pods."""
MARK = "maidenhair.dev/planted-fault"
"""The annotation of the stand-in's pods that differs with every fault."""
START_SECONDS = 240.0
CHECKED = ["--check-hash-based-pycs", "always"]
"""Options of Python. Without them it ignores changed sources, because the image contains byte code."""


class DoesNotStart(Exception):
    """The stand-in with the fault does not become ready."""


@dataclass(frozen=True)
class StandIn:
    """A stand-in as it is deployed.

    Attributes:
        namespace: the namespace of its Deployment.
        deployment: the Deployment's name.
        container: the name of the container.
        command: the field of the container with the command line, "command" or "args".
        service: the Service through which the API server calls it; "" if there is none.
    """

    namespace: str
    deployment: str
    container: str
    command: str
    service: str = ""


PLACES: Mapping[str, StandIn] = {
    "hami": StandIn(
        "hami-system",
        "hami-scheduler",
        "vgpu-scheduler-extender",
        "args",
        service="hami-scheduler",
    ),
    "skytorch": StandIn("skytorch-system", "skytorch-operator", "operator", "command"),
}


def plant(kube: Kube, system: str, mutant: Mutant | None) -> None:
    """Let a stand-in run with a fault instead of the one before; with None, without any.

    Raises:
        DoesNotStart: the stand-in does not become ready with the fault.
        MalformedMutant: the fault cannot be planted as its list describes it.
        KubernetesError: the API refused a request, or did not answer.
    """
    standin = PLACES[system]
    deployment = kube.get("apps/v1", "Deployment", standin.deployment, standin.namespace)
    if deployment is None:
        raise DoesNotStart(f"there is no Deployment {standin.namespace}/{standin.deployment}")
    if mutant is not None:
        kube.apply(_config_map(standin, mutant))
    # Each fault gets new pods, also one that is planted again.
    mark = secrets.token_hex(8)
    changed = {"spec": {"template": template(standin, deployment, mutant, mark)}}
    kube.patch("apps/v1", "Deployment", standin.deployment, changed, standin.namespace)
    try:
        _end_other_pods(kube, standin, deployment, mark)
        _wait_until_ready(kube, standin)
    except WaitError as error:
        raise DoesNotStart(str(error)) from error


def _config_map(standin: StandIn, mutant: Mutant) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": FAULT, "namespace": standin.namespace},
        "data": {PurePosixPath(mutant.file).name: mutant.planted()},
    }


def template(standin: StandIn, deployment: Object, mutant: Mutant | None, mark: str) -> Object:
    """Return the changes of a Deployment's pod template that mount the changed file over the file of the image.

    Args:
        standin: the stand-in.
        deployment: its Deployment, perhaps with an earlier fault.
        mutant: the fault; None for none.
        mark: a text that differs with every call.
    """
    pod = deployment["spec"]["template"]["spec"]
    volumes = _without_fault(pod.get("volumes"))
    if mutant is not None:
        volumes.append({"name": FAULT, "configMap": {"name": FAULT}})
    containers = [_changed(each, standin, mutant) for each in pod["containers"]]
    return {
        "metadata": {"annotations": {MARK: mark}},
        "spec": {"volumes": volumes, "containers": containers},
    }


def _changed(container: Object, standin: StandIn, mutant: Mutant | None) -> Object:
    if container["name"] != standin.container:
        return container
    command = [each for each in container[standin.command] if each not in CHECKED]
    mounts = _without_fault(container.get("volumeMounts"))
    if mutant is not None:
        command[1:1] = CHECKED
        name = PurePosixPath(mutant.file).name
        mounts.append({"name": FAULT, "mountPath": f"{APP}/{mutant.file}", "subPath": name})
    return {**container, standin.command: command, "volumeMounts": mounts}


def _without_fault(named: list[Object] | None) -> list[Object]:
    return [each for each in named or [] if each["name"] != FAULT]


def _end_other_pods(kube: Kube, standin: StandIn, before: Object, mark: str) -> None:
    """Delete the pods of earlier faults at once, when their controller no longer replaces them."""
    name, namespace = standin.deployment, standin.namespace
    with WatchedObject(kube, "apps/v1", "Deployment", name, namespace) as watched:
        eventually(
            watched,
            has_jmespath(
                "status.observedGeneration", greater_than(before["metadata"]["generation"])
            ),
            within=START_SECONDS,
            described_as=f"Deployment {namespace}/{name} to be observed",
        )
    labels = before["spec"]["selector"]["matchLabels"].items()
    selector = ",".join(f"{label}={value}" for label, value in labels)
    for pod in kube.list("v1", "Pod", namespace, selector):
        metadata = pod["metadata"]
        if (metadata.get("annotations") or {}).get(MARK) != mark:
            # Without any grace period the pod would be gone from the API while its process still answers.
            kube.delete("v1", "Pod", metadata["name"], namespace, grace_period_seconds=1)


def _wait_until_ready(kube: Kube, standin: StandIn) -> None:
    name, namespace = standin.deployment, standin.namespace
    with WatchedObject(kube, "apps/v1", "Deployment", name, namespace) as watched:
        eventually(
            watched,
            is_rolled_out(),
            within=START_SECONDS,
            described_as=f"Deployment {namespace}/{name} to be available",
        )
    if standin.service:
        eventually(
            lambda: _has_endpoint(kube, standin),
            True,
            within=START_SECONDS,
            described_as=f"Service {namespace}/{standin.service} to lead to a ready pod",
        )


def _has_endpoint(kube: Kube, standin: StandIn) -> bool:
    found = kube.list(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        standin.namespace,
        f"kubernetes.io/service-name={standin.service}",
    )
    endpoints = [each for one in found for each in one.get("endpoints") or []]
    return any((each.get("conditions") or {}).get("ready") for each in endpoints)

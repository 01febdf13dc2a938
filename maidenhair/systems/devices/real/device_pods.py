"""Pods that ask for devices, and what their containers tell of those that they were given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hamcrest import all_of, equal_to, starts_with
from hamcrest.core.matcher import Matcher

from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explain import StopWhenHopeless, stop_when_hopeless
from maidenhair.kube.matchers import has_jmespath, has_log_line, is_absent, is_present
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.systems.devices.hami.protocol import IGNORE_LABEL
from maidenhair.waiting import eventually

MAIN = "main"
RUNNING_SECONDS = 60.0
TOLD_SECONDS = 30.0
GONE_SECONDS = 60.0
QUERY = "device-query"


@dataclass(frozen=True)
class Container:
    """A container that shows its devices, and stays until it is ended.

    Attributes:
        asks: the limits of its resources.
        requests: its requests, where they are said.
        name: its name.
        kind: "container", "init" (it ends, before the others start) or "sidecar" (started before the others, it stays).
        ends: whether it ends by itself once it has shown them.
    """

    asks: Mapping[str, Any] = field(default_factory=dict)
    requests: Mapping[str, Any] = field(default_factory=dict)
    name: str = MAIN
    kind: str = "container"
    ends: bool = False

    def manifest(self, image: str, tools: Sequence[str]) -> Object:
        """Return it as a pod's manifest has it."""
        stays = [] if self.ends or self.kind == "init" else ["--stay"]
        resources = {"limits": dict(self.asks), "requests": dict(self.requests)}
        manifest: Object = {
            "name": self.name,
            "image": image,
            "imagePullPolicy": "IfNotPresent",
            "command": [QUERY, "--tell", *stays, *tools],
            "resources": {key: value for key, value in resources.items() if value},
        }
        if self.kind == "sidecar":
            manifest["restartPolicy"] = "Always"
        return manifest


def device_pod(
    name: str,
    image: str,
    containers: Iterable[Container],
    tools: Sequence[str],
    node: str | None = None,
    shared: bool = False,
) -> Object:
    """Return the manifest of a pod whose containers ask for devices.

    Args:
        name: its name.
        image: the image of the query tool.
        containers: its containers.
        tools: the vendors' tools that each container runs.
        node: the node that it has to run on; any by default.
        shared: whether HAMi may place it; else it is the cluster's own scheduler's.
    """
    made = [(each.kind, each.manifest(image, tools)) for each in containers]
    spec: Object = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "containers": [each for kind, each in made if kind == "container"],
        "initContainers": [each for kind, each in made if kind != "container"],
    }
    if node is not None:
        spec["nodeSelector"] = {"kubernetes.io/hostname": node}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {} if shared else dict(IGNORE_LABEL)},
        "spec": spec,
    }


@dataclass(frozen=True)
class Told:
    """What a container told of what it sees.

    Attributes:
        variables: its variables.
        files: the files that stand for devices.
        devices: what the files say, with the limits that hold: keys id, index, tool, memoryLimit, coresLimit, numa, ….
        shown: the lines that the vendors' tools printed.
    """

    variables: Mapping[str, str]
    files: tuple[str, ...]
    devices: tuple[Mapping[str, Any], ...]
    shown: tuple[str, ...]

    def ids(self, tool: str | None = None) -> list[str]:
        """Return the ids of its devices, those of one tool's vendor if one is named."""
        return [each["id"] for each in self.devices if tool in (None, each["tool"])]

    def shown_by(self, tool: str) -> list[str]:
        """Return the rows of what a tool printed, one for each device."""
        rows: list[str] = []
        inside = False
        for line in self.shown:
            if line.endswith("simulated"):
                inside = line.split()[0] == tool
            elif inside and line[:1].isdigit():
                rows.append(line)
        return rows


def is_running() -> Matcher[Any]:
    """Match a pod that runs."""
    return has_jmespath("status.phase", equal_to("Running"))


class DevicePod:
    """A pod that asks for devices, in the API.

    Every method raises KubernetesError when the API cannot be used; waits raise WaitTimedOut with the likely cause.

    Args:
        kube: the API.
        namespace: its namespace.
        name: its name.
    """

    def __init__(self, kube: Kube, namespace: str, name: str) -> None:
        self.name = name
        self._kube = kube
        self._namespace = namespace
        self._subject: Object = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace},
        }

    def wait_until(
        self,
        matcher: Matcher[Any],
        wanted: str,
        within: float = RUNNING_SECONDS,
        hopeless: bool = True,
    ) -> Object:
        """Wait until the pod matches, and return it.

        Args:
            matcher: what it has to match.
            wanted: the same in words, to follow the pod's name.
            within: seconds.
            hopeless: whether the wait ends early when no future change can help.
        """
        why = self._hopeless()
        with WatchedObject(self._kube, "v1", "Pod", self.name, self._namespace) as watched:
            found = eventually(
                watched,
                matcher,
                within=within,
                stop_when=[why] if hopeless else [],
                described_as=f"Pod {self._namespace}/{self.name} {wanted}",
                explain=why.explain,
            )
        return found or {}

    def wait_until_running(self) -> Object:
        """Wait until the pod runs, and return it."""
        return self.wait_until(is_running(), "to run")

    def wait_until_ended(self) -> None:
        """Wait until the pod has ended without an error."""
        self.wait_until(has_jmespath("status.phase", equal_to("Succeeded")), "to have ended")

    def wait_until_unschedulable(self, why: Matcher[Any]) -> None:
        """Wait until the scheduler has told why it has no node for the pod, in a text that `why` matches."""
        condition = (
            "status.conditions[?type == 'PodScheduled' && reason == 'Unschedulable'].message | [0]"
        )
        wanted = all_of(
            has_jmespath("status.phase", equal_to("Pending")), has_jmespath(condition, why)
        )
        self.wait_until(wanted, "to fit on no node", hopeless=False)

    def containers(self) -> list[str]:
        """Return the names of its containers that run beside each other."""
        return [each["name"] for each in self._present()["spec"]["containers"]]

    def told(self, container: str = MAIN) -> Told:
        """Wait until a container has told what it sees, and return that."""
        log = eventually(
            lambda: self._kube.pod_logs(self._namespace, self.name, container),
            has_log_line(starts_with("{")),
            within=TOLD_SECONDS,
            described_as=f"container {container} of Pod {self._namespace}/{self.name} to tell what it sees",
            explain=self._hopeless().explain,
        )
        lines = log.splitlines()
        [place] = [number for number, line in enumerate(lines) if line.startswith("{")]
        told = json.loads(lines[place])
        return Told(
            told["variables"], tuple(told["files"]), tuple(told["devices"]), tuple(lines[:place])
        )

    def delete(self) -> None:
        """Delete the pod, and wait until it is gone."""
        self._kube.delete("v1", "Pod", self.name, self._namespace)
        self.wait_until(is_absent(), "to be gone", GONE_SECONDS, hopeless=False)

    def _present(self) -> Object:
        return self.wait_until(is_present(), "to be there")

    def _hopeless(self) -> StopWhenHopeless:
        return stop_when_hopeless(self._kube, self._subject)

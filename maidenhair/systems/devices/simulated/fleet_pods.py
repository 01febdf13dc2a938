"""Pods on the simulated nodes of a spec: what they ask for, where they land, and what was chosen for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from hamcrest import all_of, has_item, has_length, only_contains
from hamcrest.core.matcher import Matcher

from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import has_event, has_jmespath, is_absent, is_present
from maidenhair.kube.matchers.texts import as_substring_matcher
from maidenhair.kube.objects import conditions
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.systems.devices.hami.protocol import Share, parse_shares
from maidenhair.systems.devices.real.device_pods import is_running
from maidenhair.systems.devices.simulated.fleet import Fleet
from maidenhair.systems.devices.vendor_profile import VendorProfile
from maidenhair.waiting import eventually

RUNS_SECONDS = 90.0
MOVED_SECONDS = 180.0
TOLD_SECONDS = 90.0
GONE_SECONDS = 60.0
NODE_NAME = "spec.nodeName"
IMAGE = "maidenhair.dev/simulated:1"
"""Nobody pulls it: pods on simulated nodes start no containers."""


@dataclass(frozen=True)
class PodRequest:
    """What a pod asks for.

    Attributes:
        limits: the resources of its containers, one after the other.
        init_limits: those of its init containers.
        annotations: its annotations.
        labels: its labels.
        scheduler: the scheduler that it names; None names none.
        priority_class: the name of its PriorityClass; None names none.
    """

    limits: Sequence[Mapping[str, str]]
    init_limits: Sequence[Mapping[str, str]] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    scheduler: str | None = None
    priority_class: str | None = None

    def manifest(self, name: str, fleet: Fleet) -> Object:
        """Return the manifest of a pod of a name that runs on the nodes of a fleet, if anywhere."""
        metadata = {"name": name, **self._metadata(fleet)}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": self._spec(fleet)}

    def deployment(self, name: str, fleet: Fleet, pods: int) -> Object:
        """Return the manifest of a Deployment of such pods, which have its name as the label `app`."""
        template = {"metadata": self._metadata(fleet), "spec": self._spec(fleet)}
        template["metadata"]["labels"]["app"] = name
        selector = {"matchLabels": {"app": name}}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {"replicas": pods, "selector": selector, "template": template},
        }

    def _metadata(self, fleet: Fleet) -> Object:
        return {
            "labels": {**fleet.labels, **self.labels},
            "annotations": dict(self.annotations),
        }

    def _spec(self, fleet: Fleet) -> Object:
        named = {"schedulerName": self.scheduler, "priorityClassName": self.priority_class}
        return {
            **{key: value for key, value in named.items() if value is not None},
            "nodeSelector": fleet.selector,
            "tolerations": [fleet.toleration],
            # It is gone at once, as no kubelet ends it.
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "containers": [*self._containers("container", self.limits)],
            "initContainers": [*self._containers("init", self.init_limits)],
        }

    def _containers(self, kind: str, limits: Sequence[Mapping[str, str]]) -> Iterator[Object]:
        for place, each in enumerate(limits):
            yield {
                "name": f"{kind}-{place}",
                "image": IMAGE,
                "resources": {"limits": dict(each)},
            }


class FleetPod:
    """A pod on simulated nodes.

    Every method raises KubernetesError when the API cannot be used; waits raise WaitTimedOut.

    Args:
        kube: the API.
        namespace: its namespace.
        name: its name.
        fleet: the nodes.
    """

    def __init__(self, kube: Kube, namespace: str, name: str, fleet: Fleet) -> None:
        self.name = name
        self._kube = kube
        self._namespace = namespace
        self._fleet = fleet

    def read(self) -> Object | None:
        """Return the pod as the API has it, None where there is none."""
        return self._kube.get("v1", "Pod", self.name, self._namespace)

    def present(self) -> Object:
        """Return the pod as the API has it, once it is there."""
        return self.wait_until(is_present(), "to be there")

    def submit(self, request: PodRequest) -> Object:
        """Make it; raises ApiRefused where it is refused."""
        manifest = request.manifest(self.name, self._fleet)
        return self._kube.create(
            {**manifest, "metadata": {**manifest["metadata"], "namespace": self._namespace}}
        )

    def wait_until_running(self) -> str | None:
        """Wait until it runs; return the name that the spec calls its node by."""
        pod = self._wait(is_running(), "to run", RUNS_SECONDS)
        return self._fleet.name_of((pod or {})["spec"]["nodeName"])

    def wait_until_told(self, reason: str | Matcher[Any]) -> str | None:
        """Wait until it is told why it cannot be placed; return the node that it is bound to then, if any.

        Args:
            reason: a part of what it is told, by events or by its condition, or a matcher of the whole.
        """
        with _Told(self._kube, self._namespace, self.name) as told:
            eventually(
                told,
                has_item(as_substring_matcher(reason)),
                within=TOLD_SECONDS,
                described_as=f"Pod {self._namespace}/{self.name} to be told why it stays pending",
            )
        return ((self.read() or {}).get("spec") or {}).get("nodeName")

    def wait_for_event(self, reason: str) -> None:
        """Wait until an event of a reason tells something of it."""
        with WatchedObjects(self._kube, "v1", "Event", self._namespace) as watched:
            about: Object = {"kind": "Pod", "metadata": {"name": self.name}}
            eventually(
                watched,
                has_event(reason, about=about),
                within=TOLD_SECONDS,
                described_as=f"an event {reason} of Pod {self._namespace}/{self.name}",
                explain=self._explain,
            )

    def complete(self) -> None:
        """Have all its containers end well."""
        self._kube.patch_status(
            "v1", "Pod", self.name, {"phase": "Succeeded"}, namespace=self._namespace
        )

    def delete(self) -> None:
        """Delete it, and wait until it is gone."""
        self._kube.delete("v1", "Pod", self.name, self._namespace)
        self.wait_until_gone()

    def wait_until_gone(self) -> None:
        """Wait until it is gone."""
        self._wait(is_absent(), "to be gone", GONE_SECONDS)

    def shares(self, profile: VendorProfile) -> list[list[Share]]:
        """Return what each of its containers gets of a vendor's devices, once it runs."""
        self.wait_until_running()
        pod = self.read()
        annotations = ((pod or {}).get("metadata") or {}).get("annotations") or {}
        return (
            parse_shares(annotations.get(profile.sharing.allocated, "")) if profile.sharing else []
        )

    def events(self) -> list[Object]:
        """Return what the API has of its events, the first first."""
        selector = f"involvedObject.name={self.name}"
        found = self._kube.list("v1", "Event", self._namespace, field_selector=selector)
        return sorted(found, key=lambda event: event["metadata"]["creationTimestamp"])

    def wait_until(self, matcher: Matcher[Any], wanted: str) -> Object:
        """Wait until it matches, and return it.

        Args:
            matcher: what it has to match.
            wanted: the same in words, to follow its name.
        """
        return self._wait(matcher, wanted, RUNS_SECONDS) or {}

    def _wait(self, matcher: Matcher[Any], wanted: str, within: float) -> Object | None:
        with WatchedObject(self._kube, "v1", "Pod", self.name, self._namespace) as watched:
            return eventually(
                watched,
                matcher,
                within=within,
                described_as=f"Pod {self._namespace}/{self.name} {wanted}",
                explain=self._explain,
            )

    def _explain(self) -> str:
        told = [
            f"{event.get('reason')}: {event.get('message')}" for event in self.events() if event
        ]
        return "\n".join(told) or "it was told nothing"


def wait_for_some(kube: Kube, namespace: str, names: Sequence[str], running: int) -> list[str]:
    """Wait until just so many of some pods, the only ones there, run; return the names of those.

    Raises:
        WaitTimedOut: fewer run, or more.
    """
    runs = is_running()
    with WatchedObjects(kube, "v1", "Pod", namespace) as watched:

        def found() -> list[str]:
            return [each["metadata"]["name"] for each in watched.read() if runs.matches(each)]

        return eventually(
            found,
            has_length(running),
            within=RUNS_SECONDS,
            described_as=f"{running} of the pods {', '.join(names)} to run",
        )


def wait_for_deployment(
    kube: Kube, namespace: str, name: str, pods: int, node: str | None = None
) -> None:
    """Wait until just so many pods of a Deployment are there and run.

    Args:
        kube: the API.
        namespace: the Deployment's namespace.
        name: its name.
        pods: how many.
        node: the full name of the node on which all of them have to run; any by default.

    Raises:
        WaitTimedOut: they did not.
    """
    # Those of a node that is gone are told of as running until Kubernetes ends them.
    runs = is_running() if node is None else all_of(is_running(), has_jmespath(NODE_NAME, node))
    place = "" if node is None else f" on Node {node}"
    with WatchedObjects(kube, "v1", "Pod", namespace, f"app={name}") as watched:
        eventually(
            watched,
            all_of(has_length(pods), only_contains(runs)),
            within=RUNS_SECONDS if node is None else MOVED_SECONDS,
            described_as=f"{pods} pods of Deployment {namespace}/{name} to run{place}",
        )


class _Told:
    """What a pod is told about where it may run, by events and by its conditions: a source of texts."""

    def __init__(self, kube: Kube, namespace: str, name: str) -> None:
        self._name = name
        self._pods = WatchedObject(kube, "v1", "Pod", name, namespace)
        self._events = WatchedObjects(kube, "v1", "Event", namespace)
        self._stack = ExitStack()

    def __enter__(self) -> _Told:
        self._stack.enter_context(self._pods)
        self._stack.enter_context(self._events)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self) -> list[str]:
        """Return the texts."""
        told = conditions(self._pods.read())
        events = [
            event
            for event in self._events.read()
            if event.get("involvedObject", {}).get("name") == self._name
        ]
        return [str(each.get("message") or "") for each in [*told, *events]]

    @contextmanager
    def on_change(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call `wake` after every change of either while the context is entered."""
        changing: list[AbstractContextManager[None]] = [
            self._pods.on_change(wake),
            self._events.on_change(wake),
        ]
        with ExitStack() as stack:
            for each in changing:
                stack.enter_context(each)
            yield

"""A pod in the API: what it becomes, and why it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from hamcrest import all_of, equal_to, has_item
from hamcrest.core.matcher import Matcher

from maidenhair.kube.client import Kube
from maidenhair.kube.diagnosis.explain import stop_when_hopeless
from maidenhair.kube.matchers import (
    has_condition,
    has_jmespath,
    is_absent,
    is_present,
)
from maidenhair.kube.matchers.texts import as_substring_matcher
from maidenhair.kube.objects import Object, conditions
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.waiting import eventually

RUNNING_SECONDS = 90.0
PENDING_SECONDS = 90.0
GONE_SECONDS = 60.0


def is_running() -> Matcher[Any]:
    """Match a pod that is Running."""
    return has_jmespath("status.phase", equal_to("Running"))


def is_unschedulable() -> Matcher[Any]:
    """Match a pod that is Pending because its scheduler has found no node for it."""
    return all_of(
        has_jmespath("status.phase", equal_to("Pending")),
        has_condition("PodScheduled", "False", reason="Unschedulable"),
    )


def why_scheduled(pod: Object | None) -> str | None:
    """Return why a pod cannot become unschedulable any more: it is bound to a node, and nothing unbinds it.

    Args:
        pod: the pod; None if it does not exist.

    Returns:
        The reason, as a stop condition of a wait reports it; None if the pod is not bound.

    Example:
        >>> why_scheduled({"spec": {"nodeName": "one"}, "status": {"phase": "Running"}})
        'the pod is bound to node one with phase Running, so the scheduler did find a node'
    """
    found: Object = pod or {}
    node = (found.get("spec") or {}).get("nodeName")
    if not node:
        return None
    phase = (found.get("status") or {}).get("phase", "unknown")
    return f"the pod is bound to node {node} with phase {phase}, so the scheduler did find a node"


class Pod:
    """A pod of a namespace, which need not exist.

    Every method raises KubernetesError if the API cannot be used. Waits raise WaitTimedOut with the likely cause.

    Args:
        kube: the API.
        namespace: the pod's namespace.
        name: its name.

    Example:
        >>> Pod(kube, "default", "web").read() is None
        True
    """

    def __init__(self, kube: Kube, namespace: str, name: str) -> None:
        self.name = name
        self.namespace = namespace
        self._kube = kube

    @property
    def subject(self) -> Object:
        """The pod's apiVersion, kind and metadata."""
        metadata = {"name": self.name, "namespace": self.namespace}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}

    def read(self) -> Object | None:
        """Return the pod, or None if there is none."""
        return self._kube.get("v1", "Pod", self.name, self.namespace)

    def present(self) -> Object:
        """Wait until the pod exists, and return it."""
        return self.wait_until(is_present(), "to exist")

    def wait_until_running(self) -> str | None:
        """Wait until the pod is Running; return the name of its node."""
        return str(self.wait_until(is_running(), "to be Running")["spec"]["nodeName"])

    def wait_until_pending(self, reason: str | Matcher[Any]) -> str | None:
        """Wait until the pod is Pending as unschedulable for a reason; return the name of its node, if any.

        Args:
            reason: a part of the text of a condition or event of the pod, or a matcher of the whole text.

        Raises:
            WaitStopped: the pod is bound to a node, so it cannot become unschedulable any more.
        """
        text = f"Pod {self.namespace}/{self.name}"
        why = stop_when_hopeless(self._kube, self.subject)
        with _Reasons(self._kube, self) as reasons:
            eventually(
                reasons.pods,
                is_unschedulable(),
                within=PENDING_SECONDS,
                stop_when=[why, reasons.why_scheduled],
                described_as=f"{text} to be Pending as unschedulable",
                explain=why.explain,
            )
            eventually(
                reasons,
                has_item(as_substring_matcher(reason)),
                within=PENDING_SECONDS,
                stop_when=[reasons.why_scheduled],
                described_as=f"{text} to have the reason why it stays Pending",
            )
        return ((self.read() or {}).get("spec") or {}).get("nodeName")

    def delete(self) -> None:
        """Delete the pod, and wait until it is gone."""
        self._kube.delete("v1", "Pod", self.name, self.namespace)
        self.wait_until_gone()

    def wait_until_gone(self) -> None:
        """Wait until the pod is gone."""
        self.wait_until(is_absent(), "to be gone", GONE_SECONDS, hopeless=False)

    def containers(self) -> list[str]:
        """Return the names of the containers that run beside each other."""
        return [each["name"] for each in self.present()["spec"]["containers"]]

    def wait_until(
        self,
        matcher: Matcher[Any],
        goal: str,
        within: float = RUNNING_SECONDS,
        hopeless: bool = True,
    ) -> Object:
        """Wait until the pod matches, and return it.

        Args:
            matcher: the state to wait for.
            goal: the same as words that follow the pod's name.
            within: seconds.
            hopeless: whether the wait ends early when no future change can help.
        """
        why = stop_when_hopeless(self._kube, self.subject)
        with WatchedObject(self._kube, "v1", "Pod", self.name, self.namespace) as watched:
            found = eventually(
                watched,
                matcher,
                within=within,
                stop_when=[why] if hopeless else [],
                described_as=f"Pod {self.namespace}/{self.name} {goal}",
                explain=why.explain,
            )
        return found or {}


class _Reasons:
    """The texts of a pod's conditions and events: a source for waits."""

    def __init__(self, kube: Kube, pod: Pod) -> None:
        self._name = pod.name
        self.pods = WatchedObject(kube, "v1", "Pod", pod.name, pod.namespace)
        self._events = WatchedObjects(kube, "v1", "Event", pod.namespace)
        self._stack = ExitStack()

    def __enter__(self) -> _Reasons:
        self._stack.enter_context(self.pods)
        self._stack.enter_context(self._events)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self) -> list[str]:
        """Return the texts."""
        events = [
            event
            for event in self._events.read()
            if event.get("involvedObject", {}).get("name") == self._name
        ]
        reports = [*conditions(self.pods.read()), *events]
        return [str(each.get("message") or "") for each in reports]

    def why_scheduled(self) -> str | None:
        """Return why the pod cannot become unschedulable any more; None if it can."""
        return why_scheduled(self.pods.read())

    @contextmanager
    def on_change(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call `wake` after every change of the pod or its events while the context is entered."""
        with self.pods.on_change(wake), self._events.on_change(wake):
            yield

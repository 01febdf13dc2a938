"""Why an object does not become what is waited for, and when waiting on is of no use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube.causes import Cause, likely_cause
from maidenhair.kube.client import Kube
from maidenhair.kube.facts import Facts, facts_from
from maidenhair.kube.manifests import Object, described
from maidenhair.kube.watching import WatchedObject, WatchedObjects

LOG_LINES = 3


def explain(kube: Kube, subject: Object) -> str:
    """Return the likely cause why an object is not as it should be, and what supports it.

    Args:
        kube: the API.
        subject: a Compute, StatefulSet, Deployment, Pod, or another object with conditions; its
            apiVersion, kind and metadata are enough.

    Raises:
        KubernetesError: the facts could not be had.
    """
    cause = likely_cause(gather(kube, subject))
    if cause is None:
        return f"nothing wrong is seen with {described(subject)} now"
    return _told(kube, subject, cause)


def gather(kube: Kube, subject: Object) -> Facts:
    """Return the facts about an object, asked of the API now.

    Raises:
        KubernetesError: they could not be had.
    """
    namespace = subject["metadata"].get("namespace")
    name = subject["metadata"]["name"]
    current = kube.get(subject["apiVersion"], subject["kind"], name, namespace)
    if namespace is None:
        return facts_from(current or subject, (), ())
    pods = kube.list("v1", "Pod", namespace)
    events = kube.list("v1", "Event", namespace)
    return facts_from(current or subject, pods, events, _nodes(kube))


def stop_when_hopeless(kube: Kube, subject: Object) -> StopWhenHopeless:
    """Return a stop condition that ends a wait for an object once no future change can help.

    It ends the wait when an image cannot be pulled, a container keeps crashing, or admission
    refuses the pods for good: as soon as the API tells, by watches that last as long as the wait.

    Args:
        kube: the API.
        subject: a namespaced object as for `explain`; it need not exist yet.
    """
    return StopWhenHopeless(kube, subject)


class StopWhenHopeless:
    """See `stop_when_hopeless`."""

    def __init__(self, kube: Kube, subject: Object) -> None:
        self._kube = kube
        self._subject = subject
        self._watches: _Watches | None = None

    def __call__(self) -> str | None:
        """Return why no future change can help, or None; always None outside of a wait."""
        if self._watches is None:
            return None
        try:
            cause = likely_cause(self._watches.facts(self._subject))
        except KubernetesError:
            # The API is away: what it would tell is not known, so there is hope.
            return None
        if cause is None or not cause.hopeless:
            return None
        return _told(self._kube, self._subject, cause)

    @contextmanager
    def on_change(self, wake: Callable[[], None]) -> Iterator[None]:
        """Watch the object, its namespace's pods and events; call `wake` after every change."""
        metadata = self._subject["metadata"]
        api_version, kind = self._subject["apiVersion"], self._subject["kind"]
        namespace = metadata["namespace"]
        with ExitStack() as stack:
            enter = stack.enter_context
            watches = _Watches(
                enter(WatchedObject(self._kube, api_version, kind, metadata["name"], namespace)),
                enter(WatchedObjects(self._kube, "v1", "Pod", namespace)),
                enter(WatchedObjects(self._kube, "v1", "Event", namespace)),
            )
            for each in (watches.subject, watches.pods, watches.events):
                enter(each.on_change(wake))
            self._watches = watches
            try:
                yield
            finally:
                self._watches = None

    def explain(self) -> str:
        """Return what `explain` says about the object, for the `explain` of a wait."""
        return explain(self._kube, self._subject)


@dataclass(frozen=True)
class _Watches:
    subject: WatchedObject
    pods: WatchedObjects
    events: WatchedObjects

    def facts(self, subject: Object) -> Facts:
        return facts_from(self.subject.read() or subject, self.pods.read(), self.events.read())


def _nodes(kube: Kube) -> list[Object]:
    try:
        return kube.list("v1", "Node")
    except ApiRefused:
        # Not everyone may list nodes; the cause is told without them.
        return []


def _told(kube: Kube, subject: Object, cause: Cause) -> str:
    lines = [cause.sentence, *(f"  {line}" for line in cause.evidence)]
    if cause.crashed is not None:
        lines += [f"  it wrote last: {line}" for line in _last_words(kube, subject, *cause.crashed)]
    return "\n".join(lines)


def _last_words(kube: Kube, subject: Object, pod: str, container: str) -> list[str]:
    namespace = subject["metadata"]["namespace"]
    for previous in (True, False):
        try:
            text = kube.pod_logs(namespace, pod, container, previous, tail_lines=LOG_LINES)
        except KubernetesError:
            # Logs of an instance that is gone, or of a node that is away: told without them.
            continue
        if text.strip():
            return text.strip().splitlines()
    return []

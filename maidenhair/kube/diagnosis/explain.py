"""Why an object does not become what is waited for, and when waiting on is of no use."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

from maidenhair.errors import KubernetesError
from maidenhair.kube.diagnosis import collect, namespaces
from maidenhair.kube.diagnosis.collect import gather_facts
from maidenhair.kube.diagnosis.facts import Facts, facts_from
from maidenhair.kube.diagnosis.knowledge import Knowledge
from maidenhair.kube.diagnosis.rules import Cause, likely_cause
from maidenhair.kube.objects import Object, display_name
from maidenhair.kube.watch import watched
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects

LOG_LINES = 3
# What kubelet gives in place of the logs of an instance that it has removed.
NO_LOGS = "unable to retrieve container logs"
WAKE_MARGIN_SECONDS = 0.02


class Client(collect.Client, namespaces.Client, watched.Client, Protocol):
    """What explaining a failure needs of a client; a `Kube` has it."""

    def pod_logs(
        self,
        namespace: str,
        pod: str,
        container: str | None = None,
        previous: bool = False,
        tail_lines: int | None = None,
        limit_bytes: int | None = None,
    ) -> str:
        """Return what a container wrote."""


def explain(kube: Client, subject: Object) -> str:
    """Return the likely cause why an object is not as it should be, and what supports it.

    Args:
        kube: the API.
        subject: a Deployment, StatefulSet, Pod, PersistentVolumeClaim, Service, Gateway, GRPCRoute, HTTPRoute, Node,
            Namespace, an object that `kube.knowledge` explains, or another with conditions; its apiVersion, kind and
            metadata are enough.

    Raises:
        KubernetesError: the facts could not be had.

    Example:
        >>> widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "blue"}}
        >>> explain(kube, kube.apply(widget))
        'nothing wrong is seen with Widget default/blue now'
    """
    cause = likely_cause(gather_facts(kube, subject), kube.knowledge)
    if cause is None:
        return f"nothing wrong is seen with {display_name(subject)} now"
    told = _told(kube, subject, cause)
    if subject["kind"] != "Namespace":
        return told
    blocks = namespaces.what_blocks(kube, subject["metadata"]["name"])
    return "\n".join([told, *(f"  {line}" for line in blocks.splitlines())])


def stop_when_hopeless(
    kube: Client, subject: Object, patience: float | None = None
) -> StopWhenHopeless:
    """Return a stop condition that ends a wait for an object once no future change can help.

    It ends the wait as soon as the API tells, by watches that last as long as the wait, that an image cannot be pulled,
    a container keeps crashing, the Pod waited for has failed, admission refuses the pods for good (a quota that is too
    small for even one of them included), or the namespace is being deleted.

    Args:
        kube: the API.
        subject: a namespaced object as for `explain`; it need not exist yet.
        patience: the seconds after which it is hopeless that a pod fits on no node, or that others have used up the
            quota; by default that is never hopeless, as others may end, and nodes be added.

    Example:
        >>> from hamcrest import not_none
        >>> pod = kube.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}})
        >>> hopeless = stop_when_hopeless(kube, pod)
        >>> found = eventually(
        ...     lambda: kube.get("v1", "Pod", "web"),
        ...     not_none(),
        ...     within=60,
        ...     stop_when=[hopeless],
        ...     explain=hopeless.explain,
        ... )
        >>> found["metadata"]["name"]
        'web'
    """
    return StopWhenHopeless(kube, subject, patience)


class StopWhenHopeless:
    """See `stop_when_hopeless`."""

    def __init__(self, kube: Client, subject: Object, patience: float | None = None) -> None:
        self._kube = kube
        self._subject = subject
        self._watches: _Watches | None = None
        self._patience = _Patience(patience)

    def __call__(self) -> str | None:
        """Return why no future change can help, or None; always None outside of a wait."""
        if self._watches is None:
            return None
        try:
            facts = self._watches.facts(self._subject, self._kube.knowledge)
            cause = likely_cause(facts, self._kube.knowledge)
        except KubernetesError:
            # The API is away: what it would tell is not known, so there is hope.
            return None
        worn_out = self._patience.is_over(cause is not None and cause.lacks_capacity)
        if cause is None or not (cause.hopeless or worn_out):
            return None
        if worn_out:
            return f"for {self._patience.seconds:g} s now: {self.explain()}"
        return _told(self._kube, self._subject, cause)

    @contextmanager
    def on_change(self, wake: Callable[[], None]) -> Iterator[None]:
        """Watch the object, its namespace and the pods and events there; call `wake` after every change."""
        metadata = self._subject["metadata"]
        api_version, kind = self._subject["apiVersion"], self._subject["kind"]
        namespace = metadata["namespace"]
        with ExitStack() as stack:
            enter = stack.enter_context
            watches = _Watches(
                enter(WatchedObject(self._kube, api_version, kind, metadata["name"], namespace)),
                enter(WatchedObject(self._kube, "v1", "Namespace", namespace)),
                enter(WatchedObjects(self._kube, "v1", "Pod", namespace)),
                enter(WatchedObjects(self._kube, "v1", "Event", namespace)),
            )
            for each in (watches.subject, watches.namespace, watches.pods, watches.events):
                enter(each.on_change(wake))
            enter(self._patience.waking(wake))
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
    namespace: WatchedObject
    pods: WatchedObjects
    events: WatchedObjects

    def facts(self, subject: Object, knowledge: Knowledge) -> Facts:
        namespace = self.namespace.read()
        related = [namespace] if namespace else []
        current = self.subject.read() or subject
        pods, events = self.pods.read(), self.events.read()
        return facts_from(current, pods, events, related=related, pick_pods=knowledge.pods)


class _Patience:
    """How long what may pass has lasted without a break; wakes who waits when that is too long."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._wake: Callable[[], None] | None = None
        self._timer: threading.Timer | None = None
        self._since = 0.0

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call `wake` when patience is over, while the context is entered."""
        self._wake = wake
        try:
            yield
        finally:
            self._stop()
            self._wake = None

    def is_over(self, lasts: bool) -> bool:
        """Take note of whether it lasts; return whether it has lasted for too long."""
        if self.seconds is None or self._wake is None:
            return False
        if not lasts:
            self._stop()
            return False
        if self._timer is None:
            self._since = time.monotonic()
            # A little later, so that patience is over when who waits looks again.
            self._timer = threading.Timer(self.seconds + WAKE_MARGIN_SECONDS, self._wake)
            self._timer.daemon = True
            self._timer.start()
        return time.monotonic() - self._since >= self.seconds

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _told(kube: Client, subject: Object, cause: Cause) -> str:
    lines = [cause.sentence, *(f"  {line}" for line in cause.evidence)]
    if cause.crashed is not None:
        lines += [f"  it wrote last: {line}" for line in _last_words(kube, subject, *cause.crashed)]
    return "\n".join(lines)


def _last_words(kube: Client, subject: Object, pod: str, container: str) -> list[str]:
    namespace = subject["metadata"]["namespace"]
    for previous in (True, False):
        try:
            text = kube.pod_logs(namespace, pod, container, previous, tail_lines=LOG_LINES)
        except KubernetesError:
            # Logs of an instance that is gone, or of a node that is away: told without them.
            continue
        if text.strip() and not text.startswith(NO_LOGS):
            return text.strip().splitlines()
    return []

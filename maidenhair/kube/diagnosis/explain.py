"""Explain why an object does not reach the expected state, and stop waits that cannot succeed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

from maidenhair.errors import KubernetesError
from maidenhair.kube.diagnosis import explanation, namespaces
from maidenhair.kube.diagnosis.explanation import Explanation, explain_object, last_words
from maidenhair.kube.diagnosis.facts import Facts, facts_from
from maidenhair.kube.diagnosis.knowledge import Knowledge
from maidenhair.kube.diagnosis.rules import Cause, likely_cause
from maidenhair.kube.objects import Object
from maidenhair.kube.watch import watched
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects

WAKE_MARGIN_SECONDS = 0.02


class Client(explanation.Client, watched.Client, Protocol):
    """The part of a `Kube` that explanations and waits use."""


def explain(kube: Client, subject: Object) -> str:
    """Explain why an object is not in the expected state: the likely cause, followed by lines of evidence.

    The object may be of any kind. These are looked at: its pods and the objects that it owns, its Warning events, its
    conditions of any type, its phase and messages, and the objects that own it. If none of them has a form that can be
    judged, the explanation is "nothing known about …", with the object's status.

    Args:
        kube: the API client.
        subject: the object. Only its apiVersion, kind and metadata are needed.

    Raises:
        KubernetesError: the object could not be read, or the API server did not answer.

    Example:
        >>> widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "blue"}}
        >>> print(explain(kube, kube.apply({**widget, "status": {"phase": "Failed", "message": "no belt"}})))
        Widget default/blue is Failed: no belt
    """
    found = explain_object(kube, subject)
    if subject["kind"] != "Namespace" or not found.found:
        return str(found)
    blocks = namespaces.describe_blockers(kube, subject["metadata"]["name"])
    return "\n".join([str(found), *(f"  {line}" for line in blocks.splitlines())])


def stop_when_hopeless(
    kube: Client, subject: Object, patience: float | None = None
) -> StopWhenHopeless:
    """Return a stop condition that ends a wait for an object once no future change can help.

    The condition watches the object, its namespace, and the pods and events there. It ends the wait as soon as an image
    cannot be pulled, a container keeps crashing, the pod itself has failed, admission refuses the pods permanently (for
    example because a quota is too small for a single pod), or the namespace is being deleted.

    Args:
        kube: the API client.
        subject: a namespaced object, as for `explain`. It need not exist yet.
        patience: seconds after which the wait also ends if a pod fits on no node, or if other pods use up the quota.
            Default: never, because other pods may end and nodes may be added.

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
    """The stop condition of `stop_when_hopeless`."""

    def __init__(self, kube: Client, subject: Object, patience: float | None = None) -> None:
        self._kube = kube
        self._subject = subject
        self._watches: _Watches | None = None
        self._patience = _Patience(patience)

    def __call__(self) -> str | None:
        """Return why no future change can help, or None. Outside a wait, always return None."""
        if self._watches is None:
            return None
        try:
            facts = self._watches.facts(self._subject, self._kube.knowledge)
            cause = likely_cause(facts, self._kube.knowledge)
        except KubernetesError:
            # Without the API the state is unknown, so the wait continues.
            return None
        out_of_patience = self._patience.is_exhausted(cause is not None and cause.lacks_capacity)
        if cause is None or not (cause.hopeless or out_of_patience):
            return None
        if out_of_patience:
            return f"for over {self._patience.seconds:g} s: {self.explain()}"
        return _format_cause(self._kube, self._subject, cause)

    @contextmanager
    def on_change(self, wake: Callable[[], None]) -> Iterator[None]:
        """Watch the object, its namespace, and the pods and events there. Call `wake` after every change."""
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
        """Explain the object; pass this method as the `explain` argument of a wait."""
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
    """A timer for a problem that may resolve itself. Wakes the wait when the problem has persisted for too long."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._wake: Callable[[], None] | None = None
        self._timer: threading.Timer | None = None
        self._since = 0.0

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call `wake` when patience is exhausted, while the context is entered."""
        self._wake = wake
        try:
            yield
        finally:
            self._stop()
            self._wake = None

    def is_exhausted(self, persists: bool) -> bool:
        """Record whether the problem persists, and return whether it has persisted for too long."""
        if self.seconds is None or self._wake is None:
            return False
        if not persists:
            self._stop()
            return False
        if self._timer is None:
            self._since = time.monotonic()
            # Slightly later, so that patience is exhausted when the wait checks again.
            self._timer = threading.Timer(self.seconds + WAKE_MARGIN_SECONDS, self._wake)
            self._timer.daemon = True
            self._timer.start()
        return time.monotonic() - self._since >= self.seconds

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _format_cause(kube: Client, subject: Object, cause: Cause) -> str:
    log = last_words(kube, subject["metadata"].get("namespace"), cause)
    return str(Explanation(subject, cause.sentence, cause.evidence, log))

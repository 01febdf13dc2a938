"""The stop condition of waits that no future change can help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from hamcrest.core.matcher import Matcher

from maidenhair.errors import ApiRefused, KubernetesError
from maidenhair.kube.diagnosis import explanation
from maidenhair.kube.diagnosis.current_pods import own_pods
from maidenhair.kube.diagnosis.expectation import may_expect_failure
from maidenhair.kube.diagnosis.explanation import Explanation, last_words
from maidenhair.kube.diagnosis.facts import Facts, facts_from
from maidenhair.kube.diagnosis.knowledge import Knowledge
from maidenhair.kube.diagnosis.patience import Patience
from maidenhair.kube.diagnosis.rules import Cause, likely_cause
from maidenhair.kube.diagnosis.shapes import framework_kind, metadata_of
from maidenhair.kube.diagnosis.terminal import TerminalRule, jobs_of, terminal_state
from maidenhair.kube.objects import Object
from maidenhair.kube.watch import watched
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects

CRON_JOB = "CronJob"


class Client(explanation.Client, watched.Client, Protocol):
    """The part of a `Kube` that explanations and waits use."""


class StopWhenHopeless:
    """The stop condition of `stop_when_hopeless`. It watches nothing before the wait asks it for the first time."""

    def __init__(
        self,
        kube: Client,
        subject: Object,
        patience: float | None,
        rules: tuple[TerminalRule, ...],
        explain: Callable[[Client, Object], str],
    ) -> None:
        self._kube = kube
        self._subject = subject
        self._rules = (*rules, *kube.knowledge.terminal)
        self._explain = explain
        self._watches: _Watches | None = None
        # Those of the current wait.
        self._stack: ExitStack | None = None
        self._wake: Callable[[], None] = lambda: None
        self._jobs: dict[Any, Object] = {}
        self._patience = Patience(patience)

    def applies_to(self, matcher: Matcher[Any]) -> bool:
        """Return whether the condition may end a wait for this: not if it may be a failure that is expected."""
        return not may_expect_failure(matcher)

    def __call__(self) -> str | None:
        """Return why no future change can help, or None. Outside a wait, always return None."""
        if self._stack is None:
            return None
        try:
            watches = self._watches or self._enter_watches(self._stack)
            facts = watches.facts(self._subject, self._kube.knowledge)
            if watches.jobs:
                # A CronJob deletes its failed Jobs but the last one.
                self._jobs |= {metadata_of(job).get("uid"): job for job in watches.jobs.read()}
        except ApiRefused:
            # The account may not read the objects that show a hopeless state. The wait continues without.
            self._stack = None
            return None
        except KubernetesError:
            # Without the API the state is unknown, so the wait continues.
            return None
        return self._reason(facts)

    @contextmanager
    def on_change(self, wake: Callable[[], None]) -> Iterator[None]:
        """Watch the object, its namespace, and the pods and events there. Call `wake` after every change."""
        with ExitStack() as stack, self._patience.waking(wake):
            self._wake, self._stack, self._jobs = wake, stack, {}
            try:
                yield
            finally:
                self._watches = self._stack = None

    def explain(self) -> str:
        """Explain the object; pass this method as the `explain` argument of a wait."""
        return self._explain(self._kube, self._subject)

    def _enter_watches(self, stack: ExitStack) -> _Watches:
        watches = _watches_of(self._kube, self._subject)
        with ExitStack() as entered:
            for each in watches.all():
                entered.enter_context(each)
                entered.enter_context(each.on_change(self._wake))
            stack.enter_context(entered.pop_all())
        self._watches = watches
        return watches

    def _reason(self, facts: Facts) -> str | None:
        knowledge = self._kube.knowledge
        jobs = list(self._jobs.values())
        terminal = terminal_state(facts.subject, jobs, self._rules, knowledge.recovering)
        cause = likely_cause(facts, knowledge)
        lacks_capacity = cause is not None and cause.lacks_capacity
        out_of_patience = self._patience.is_exhausted(lacks_capacity and terminal is None)
        if terminal is not None:
            return terminal if cause is None else f"{terminal}\n{self._format(cause)}"
        if out_of_patience:
            return f"for over {self._patience.seconds:g} s: {self.explain()}"
        return self._format(cause) if cause is not None and cause.hopeless else None

    def _format(self, cause: Cause) -> str:
        log = last_words(self._kube, self._subject["metadata"].get("namespace"), cause)
        return str(Explanation(self._subject, cause.sentence, cause.evidence, log))


@dataclass(frozen=True)
class _Watches:
    """The watches that show a hopeless state. An object without a namespace is judged by itself."""

    subject: WatchedObject
    namespace: WatchedObject | None = None
    pods: WatchedObjects | None = None
    events: WatchedObjects | None = None
    jobs: WatchedObjects | None = None

    def all(self) -> list[WatchedObject | WatchedObjects]:
        """Return the watches; the pods first, because their watch then serves a pod that is the subject."""
        every = (self.pods, self.events, self.namespace, self.jobs, self.subject)
        return [each for each in every if each is not None]

    def facts(self, subject: Object, knowledge: Knowledge) -> Facts:
        """Return the current facts about the subject.

        Raises:
            KubernetesError: the watches are broken.
        """
        namespace = self.namespace.read() if self.namespace else None
        related = [namespace] if namespace else []
        current = self.subject.read() or subject
        pods = self.pods.read() if self.pods else []
        events = self.events.read() if self.events else []
        facts = facts_from(current, pods, events, related=related, pick_pods=knowledge.pods)
        own = jobs_of(current, self.jobs.read()) if self.jobs else []
        # All Jobs of a CronJob have the same template, so the pods of the last one show whether any can succeed.
        return (
            replace(facts, owned=(own[-1],), pods=tuple(own_pods(own[-1], pods))) if own else facts
        )


def _watches_of(kube: Client, subject: Object) -> _Watches:
    metadata = subject["metadata"]
    api_version, kind, namespace = subject["apiVersion"], subject["kind"], metadata.get("namespace")
    own = WatchedObject(kube, api_version, kind, metadata["name"], namespace)
    if namespace is None:
        return _Watches(own)
    is_cron_job = framework_kind(subject) == CRON_JOB
    return _Watches(
        own,
        WatchedObject(kube, "v1", "Namespace", namespace),
        WatchedObjects(kube, "v1", "Pod", namespace),
        WatchedObjects(kube, "v1", "Event", namespace),
        WatchedObjects(kube, "batch/v1", "Job", namespace) if is_cron_job else None,
    )

"""The removal of many objects: in an order that operators survive, past refusals, with every error collected."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from maidenhair.config import Settings
from maidenhair.errors import (
    ApiRefused,
    CleanupFailed,
    HeldByOthers,
    KubernetesError,
    MaidenhairError,
    WaitTimedOut,
)
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object, display_name, format_name
from maidenhair.kube.run.deletion import current_state, key_of, wait_gone, wait_until_gone
from maidenhair.kube.run.finalizers import waits_for_operator
from maidenhair.kube.run.labels import owners_of
from maidenhair.kube.run.namespace_deletion import (
    GONE_SECONDS,
    start_namespace_deletion,
    wait_until_namespace_gone,
)
from maidenhair.kube.run.ownership import Released, release

_LOG = logging.getLogger(__name__)
SETTLE_SECONDS = 120.0
"""Seconds for an operator to handle the finalizers of one object."""
LEAST_SECONDS = 1.0
INTERCEPTORS = (
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "ValidatingAdmissionPolicyBinding",
    "MutatingAdmissionPolicyBinding",
)
"""Kinds of objects that can refuse the deletion of others. They are deleted first, because what answers for them may
already be gone."""


@dataclass(frozen=True)
class Times:
    """The times of a removal.

    Attributes:
        gone_within: seconds for all objects and namespaces to be gone after their deletion.
        settle_time: seconds to wait for an object with finalizers before what was made earlier is deleted, for example
            the operator that handles the finalizers.
        remove_finalizers: whether to remove finalizers of the run's own objects that are not gone in time.
    """

    gone_within: float = GONE_SECONDS
    settle_time: float = SETTLE_SECONDS
    remove_finalizers: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Times:
        """Return the times that settings choose."""
        return cls(settings.gone_within, settings.settle_time, settings.remove_finalizers)


@dataclass(frozen=True)
class Item:
    """An object to remove.

    Attributes:
        object: the object as it was last seen.
        leaving: the owners that leave it.
        is_owned: whether it is only deleted if it still belongs to its run and no other owner remains.
    """

    object: Object
    leaving: frozenset[str] = frozenset()
    is_owned: bool = True

    @classmethod
    def of(cls, owned: Object) -> Item:
        """Return the item that all owners leave that the object names."""
        return cls(owned, frozenset(owners_of(owned)))


class Removal:
    """Remove objects and namespaces. One refusal stops nothing: what was refused is tried again after the rest.

    Args:
        kube: the API client.
        times: the times.

    Attributes:
        removed: the names of the objects that are gone, and of those that are being deleted.
    """

    def __init__(self, kube: Kube, times: Times) -> None:
        self.removed: list[str] = []
        self._kube = kube
        self._times = times
        self._deleted: list[Object] = []
        self._namespaces: list[str] = []
        self._refused: list[tuple[str, Callable[[], object], MaidenhairError]] = []
        self._errors: list[MaidenhairError] = []
        self._settled = 0.0

    def start(self, items: Iterable[Item]) -> None:
        """Delete objects in this order, but first those that can refuse the deletion of others.

        An object whose finalizers an operator handles is waited for before the next object is deleted.
        """
        for item in sorted(items, key=lambda each: each.object["kind"] not in INTERCEPTORS):
            self._attempt(display_name(item.object), partial(self._remove, item))

    def start_namespace(self, name: str, gone_nodes: frozenset[str] = frozenset()) -> None:
        """Start to delete a namespace. See `start_namespace_deletion`."""
        described = format_name("Namespace", name)

        def start() -> None:
            start_namespace_deletion(self._kube, name, gone_nodes)
            self._namespaces.append(name)
            self.removed.append(described)

        self._attempt(described, start)

    def finish(self) -> list[MaidenhairError]:
        """Try again what was refused, and wait until everything is gone. Return all errors."""
        self._retry()
        self._wait()
        if self._refused:
            # What refused may have been among the objects that are gone by now.
            self._retry()
            self._wait()
        return [*self._errors, *(error for _, _, error in self._refused)]

    def _remove(self, item: Item) -> None:
        outcome = self._delete(item)
        if outcome is Released.REMAINS:
            return
        if item.object["kind"] == "Namespace" and outcome is Released.DELETED:
            self.start_namespace(item.object["metadata"]["name"])
            return
        self.removed.append(display_name(item.object))
        if outcome is Released.GONE:
            return
        self._deleted.append(item.object)
        current = current_state(self._kube, item.object)
        if current is not None and waits_for_operator(current):
            self._settle(current)

    def _delete(self, item: Item) -> Released:
        try:
            if item.is_owned:
                return release(self._kube, item.object, item.leaving)
            self._kube.delete(*key_of(item.object), uid=item.object["metadata"].get("uid"))
        except ApiRefused as refused:
            # 404: its kind is gone. 409: another object has replaced it.
            if refused.status not in (404, 409):
                raise
            return Released.GONE
        return Released.DELETED

    def _settle(self, removed: Object) -> None:
        """Wait for an object. Objects that are stuck do not get more than `gone_within` together."""
        within = min(self._times.settle_time, self._times.gone_within - self._settled)
        if within <= 0:
            return
        try:
            wait_gone(self._kube, removed, within)
        except WaitTimedOut:
            # An object that was created earlier may block it.
            self._settled += within

    def _attempt(self, name: str, action: Callable[[], object]) -> None:
        try:
            action()
        except KubernetesError as error:
            self._refused.append((name, action, error))

    def _retry(self) -> None:
        """Try again what was refused, as long as something succeeds."""
        while self._refused:
            refused, self._refused = self._refused, []
            for name, action, _ in refused:
                self._attempt(name, action)
            if len(self._refused) == len(refused):
                return

    def _wait(self) -> None:
        times = self._times
        namespaces, self._namespaces = self._namespaces, []
        deleted, self._deleted = self._deleted, []
        deadline = time.monotonic() + times.gone_within
        for name in namespaces:
            wait = partial(wait_until_namespace_gone, self._kube, name)
            self._note(format_name("Namespace", name), wait, deadline)
        for each in deleted:
            if each["metadata"].get("namespace") in namespaces:
                # The wait for its namespace names it, if it stays.
                continue
            self._note(display_name(each), partial(wait_until_gone, self._kube, each), deadline)

    def _note(self, name: str, wait: Callable[[float, bool], object], deadline: float) -> None:
        """Wait for one of the objects that are being deleted at the same time, and collect its error."""
        try:
            # The last ones get a moment to be seen, even if others took all the time.
            wait(max(deadline - time.monotonic(), LEAST_SECONDS), self._times.remove_finalizers)
        except MaidenhairError as error:
            self._errors.append(error)
            self.removed = [each for each in self.removed if each != name]


def raise_unless_foreign(errors: Sequence[MaidenhairError]) -> None:
    """Raise errors as `raise_all` does, but only warn of namespaces that stay because of what no run created."""
    for each in errors:
        if isinstance(each, HeldByOthers):
            _LOG.warning("%s", each)
    raise_all([each for each in errors if not isinstance(each, HeldByOthers)])


def raise_all(errors: Sequence[MaidenhairError]) -> None:
    """Raise the error, or one error that names all of them. Do nothing if there is none."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        lines = "\n".join(f"- {error}" for error in errors)
        raise CleanupFailed(f"{len(errors)} objects could not be removed:\n{lines}", list(errors))

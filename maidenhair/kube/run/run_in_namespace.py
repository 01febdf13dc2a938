"""A run in a namespace that exists, for an account that may not create namespaces."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Self

from filelock import FileLock

from maidenhair._util.paths import cache_dir
from maidenhair.errors import ApiRefused, ConfigurationError
from maidenhair.kube.api_resources import Resource
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object, Objects
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.run.labels import RUN_LABEL, SPEC_LABEL, creation_order
from maidenhair.kube.run.removal import Item, Removal, Times, raise_unless_foreign
from maidenhair.kube.run.run import SHARED, Finish, Run

NOT_LISTED = (403, 404, 405)
"""The statuses of a kind that the account may not list, or that is gone."""


class RunInNamespace(Run):
    """A run whose specs share one namespace. After each spec and at its end, it removes objects by its label.

    Specs use the namespace one after another, also those of other runs on this machine, because their objects have the
    same names. The run has no Lease, so other runs cannot know whether it has ended.

    Args:
        kube: the API client.
        namespace: the namespace, in which the account may create and delete objects of some kinds.
        run_id: the id of the run, letters and digits; default: a random id.
        times: the times of the removal of objects.
    """

    def __init__(
        self, kube: Kube, namespace: str, run_id: str | None = None, *, times: Times | None = None
    ) -> None:
        super().__init__(kube, run_id, times=times)
        self._namespace = namespace

    def __enter__(self) -> Self:
        """Enter the run. Its end removes its objects."""
        self._stack.callback(self._remove, f"{RUN_LABEL}={self.id}")
        return self

    def namespaces(self) -> list[str]:
        """Return the name of the namespace."""
        return [self._namespace]

    def objects_of_others(self) -> Objects:
        """Return the objects of other runs in the namespace. These runs may have ended or not.

        Raises:
            KubernetesError: the API could not be used.
        """
        return self._list(f"{RUN_LABEL},{RUN_LABEL}!={self.id}")

    @contextmanager
    def namespace(
        self,
        spec_name: str,
        gone_within: float | None = None,
        remove_finalizers: bool | None = None,
        finish: Finish | None = None,
    ) -> Iterator[str]:
        """Wait until no other spec uses the namespace, yield its name, and then remove the spec's objects.

        Args:
            spec_name: the spec's name.
            gone_within: has no effect, as the next two arguments.
            remove_finalizers: see above.
            finish: see above; the next spec needs the namespace, so the wait is over when the context is left.

        Raises:
            ConfigurationError: the spec uses the namespace already, and needs another one.
            WaitTimedOut: an object was not gone in time; the message says what blocks it.
            CleanupFailed: there are several such errors.
        """
        name = self._namespace
        if name in self._inventories:
            raise ConfigurationError(
                f"the account may not create a second namespace besides {name}; tag the spec with "
                "@use.with_own_namespaces=yes, so that it is skipped on such a cluster"
            )
        with self._lock:
            # A worker that was killed has left objects.
            self._remove_those_of_specs()
            inventory = self._inventories[name] = Inventory(
                self._kube, name, self.labels(spec_name), times=self._times
            )
            try:
                yield name
            finally:
                del self._inventories[name]
                removal = inventory.start_deletion()
                self._remove_those_of_specs()
                raise_unless_foreign(removal.finish())

    def shared_namespace(self) -> str:
        """Return the name of the namespace."""
        return self._namespace

    @property
    def _shared_name(self) -> str:
        return self._namespace

    def _prepare_shared(self, labelled: Object) -> None:
        """Do nothing: there is no Lease to record kinds in, and the namespace exists."""

    def _remove_those_of_specs(self) -> None:
        self._remove(f"{RUN_LABEL}={self.id},{SPEC_LABEL}!={SHARED}")

    def _remove(self, selector: str) -> None:
        removal = Removal(self._kube, self._times)
        removal.start(map(Item, self._list(selector)))
        raise_unless_foreign(removal.finish())

    def _list(self, selector: str) -> Objects:
        found = [each for kind in self._kinds for each in self._list_kind(kind, selector) or ()]
        return sorted(found, key=creation_order, reverse=True)

    def _list_kind(self, kind: Resource, selector: str) -> Objects | None:
        try:
            return self._kube.list(
                kind.api_version, kind.kind, self._namespace, label_selector=selector
            )
        except ApiRefused as refused:
            if refused.status not in NOT_LISTED:
                raise
            return None

    @cached_property
    def _kinds(self) -> list[Resource]:
        """The kinds whose objects the account may list."""
        kinds = [each for each in self._kube.discovery.all() if {"list", "delete"} <= each.verbs]
        none = f"{RUN_LABEL}={self.id}"
        return [
            each for each in kinds if each.namespaced and self._list_kind(each, none) is not None
        ]

    @cached_property
    def _lock(self) -> FileLock:
        place = f"{self._kube.discovery.server} {self._namespace}"
        locks = cache_dir() / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        return FileLock(locks / f"namespace-{hashlib.sha256(place.encode()).hexdigest()[:16]}.lock")

"""A run: the owner of labelled objects on a cluster, which are removed with it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import Self

from maidenhair.errors import ApiRefused
from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object
from maidenhair.kube.rbac.namespace_role_binding import SpecAccess
from maidenhair.kube.rbac.permissions import FRAMEWORK, Permissions
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.run.labels import (
    RUN_LABEL,
    SPEC_LABEL,
    label_value,
    namespace_name,
    owner_of_run,
)
from maidenhair.kube.run.lease import RunLease
from maidenhair.kube.run.namespace_watches import NamespaceWatches
from maidenhair.kube.run.ownership import Owner, join
from maidenhair.kube.run.removal import Removal, Times, raise_unless_foreign
from maidenhair.kube.run.retention import retain
from maidenhair.kube.run.shared_objects import record_kind, shared_items
from maidenhair.kube.run.sweep import sweep

__all__ = ["Run", "sweep"]

Finish = Callable[[Callable[[], None]], object]
"""Takes the wait for the end of a deletion."""
SHARED = "shared"


class Run:
    """A run, which owns the objects that it creates. A context manager that holds the run's Lease.

    The process that starts the run enters the context. Workers use the other methods without entering it.

    Args:
        kube: the API client.
        run_id: the id of the run, letters and digits; default: a random id.
        permissions: the permissions that the run needs: the framework's, merged with those of the active systems.
        times: the times of the removal of objects.
        needs_binding: whether specs need a RoleBinding in their namespaces, see `Access`. Default: the account is
            reviewed before the first namespace.
    """

    def __init__(
        self,
        kube: Kube,
        run_id: str | None = None,
        *,
        permissions: Permissions = FRAMEWORK,
        times: Times | None = None,
        needs_binding: bool | None = None,
    ) -> None:
        self.id = run_id or secrets.token_hex(4)
        self._kube = kube
        self._times = times or Times()
        self._access = SpecAccess(kube, permissions, needs_binding)
        self._inventories: dict[str, Inventory] = {}
        self._watches = NamespaceWatches(kube)
        self._recorded_kinds: set[tuple[str, str]] = set()
        self._has_shared = False
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Create the run's Lease.

        Raises:
            KubernetesError: the Lease could not be created.
        """
        self._stack.callback(self.close_watches)
        self._stack.enter_context(RunLease(self._kube, self.id))
        self._stack.callback(self._remove_shared)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the run: remove its inventory, its shared namespace and its Lease. Objects that remain are leftovers.

        Raises:
            WaitTimedOut: an object was not gone in time; the message says what blocks it.
            CleanupFailed: there are several such errors.
        """
        self._stack.close()

    def close_watches(self) -> None:
        """Stop the watches of a process that uses the run without entering it."""
        self._watches.close()

    def labels(self, spec_name: str) -> dict[str, str]:
        """Return the ownership labels of the objects of a spec."""
        return {RUN_LABEL: self.id, SPEC_LABEL: label_value(spec_name)}

    def namespaces(self) -> list[str]:
        """Return the names of the namespaces that the run owns now.

        Raises:
            KubernetesError: they could not be listed.
        """
        found = self._kube.list("v1", "Namespace", label_selector=f"{RUN_LABEL}={self.id}")
        return [each["metadata"]["name"] for each in found]

    @contextmanager
    def namespace(
        self,
        spec_name: str,
        gone_within: float | None = None,
        remove_finalizers: bool | None = None,
        finish: Finish | None = None,
    ) -> Iterator[str]:
        """Create a namespace for a spec while the context is entered. Then delete it and the objects of its inventory.

        Args:
            spec_name: the spec's name, from which the namespace's name is derived.
            gone_within: seconds to wait for the deletion; default: that of the run.
            remove_finalizers: whether to remove finalizers of the spec's own objects if they are not gone in time;
                default: as the run does.
            finish: takes the wait until everything is gone, which raises what is said below, and calls it or has it
                called in another thread. Default: it is called before the context is left.

        Raises:
            KubernetesError: the namespace could not be created.
            WaitTimedOut: the namespace or an object was not gone in time; the message says what blocks it.
            CleanupFailed: there are several such errors.
        """
        times = self._times
        if gone_within is not None:
            times = replace(times, gone_within=gone_within)
        if remove_finalizers is not None:
            times = replace(times, remove_finalizers=remove_finalizers)
        name = namespace_name(spec_name, secrets.token_hex(3))
        labels = self.labels(spec_name)
        metadata = {"name": name, "labels": labels}
        self._kube.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        inventory = self._inventories[name] = Inventory(self._kube, name, labels, times=times)
        try:
            self._access.ensure(name, labels)
            self._watches.wait_until_usable(name)
            yield name
        finally:
            del self._inventories[name]
            removal = inventory.start_deletion()
            removal.start_namespace(name)

            def wait() -> None:
                raise_unless_foreign(removal.finish())

            if finish is None:
                wait()
            else:
                finish(wait)

    def shared_namespace(self) -> str:
        """Return the name of the namespace that all specs of the run share. Create it if it does not exist.

        The process that started the run removes it at the end.

        Raises:
            KubernetesError: the namespace could not be created.
        """
        labels = self.labels(SHARED)
        metadata = {"name": self._shared_name, "labels": labels}
        try:
            self._kube.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        except ApiRefused as refused:
            # 409: another worker created it.
            if refused.status != 409:
                raise
        self._access.ensure(self._shared_name, labels)
        self._watches.wait_until_usable(self._shared_name)
        return self._shared_name

    @cached_property
    def inventory(self) -> Inventory:
        """The objects that live until the run ends, for example CustomResourceDefinitions and operators.

        All specs of the run can apply the same objects. Namespaced objects without a namespace are created in
        `shared_namespace`.

        Example:
            >>> made = context.spec.run.inventory.apply(
            ...     {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "widget-operator"}}
            ... )
            >>> [each["metadata"]["name"] for each in context.spec.run.inventory.objects]
            ['widget-operator']
        """
        return Inventory(
            self._kube,
            self._shared_name,
            self.labels(SHARED),
            owner=owner_of_run(self.id),
            times=self._times,
            before_apply=self._prepare_shared,
        )

    def inventory_of(self, namespace: str) -> Inventory:
        """Return the inventory of a spec's namespace that this object created."""
        return self._inventories[namespace]

    def retain(self, namespace: str) -> None:
        """Mark a spec's namespace and the objects of its inventory as retained, so that sweeps do not remove them.

        The objects of the run's inventory outside of the shared namespace are retained as well, because without them,
        for example without a CustomResourceDefinition, objects of the spec would be gone. The caller must not leave the
        context of `namespace`, which would delete them.

        Raises:
            KubernetesError: the mark could not be created.
        """
        retain(self._kube, self.id, namespace)
        for item in shared_items(self._kube, self.id, self._shared_name)[0]:
            if item.is_owned:
                join(self._kube, item.object, Owner(namespace, self.id))

    @property
    def _shared_name(self) -> str:
        return namespace_name(SHARED, self.id)

    def _prepare_shared(self, labelled: Object) -> None:
        """Prepare for an object of the run's inventory: its namespace, or the record that the run's end reads."""
        if labelled["metadata"].get("namespace") != self._shared_name:
            kind = (labelled["apiVersion"], labelled["kind"])
            if kind not in self._recorded_kinds:
                record_kind(self._kube, self.id, *kind)
                self._recorded_kinds.add(kind)
        elif not self._has_shared:
            self.shared_namespace()
            self._has_shared = True

    def _remove_shared(self) -> None:
        removal = Removal(self._kube, self._times)
        items, errors = shared_items(self._kube, self.id, self._shared_name)
        removal.start(items)
        if self._kube.get("v1", "Namespace", self._shared_name) is not None:
            removal.start_namespace(self._shared_name)
        raise_unless_foreign([*errors, *removal.finish()])

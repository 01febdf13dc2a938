"""What a run creates is labelled with it, and goes with it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

from maidenhair.kube.client import Kube
from maidenhair.kube.lease import RunLease
from maidenhair.kube.matchers import is_present
from maidenhair.kube.names import RUN_LABEL, SPEC_LABEL, label_value, namespace_name
from maidenhair.kube.spec_access import SpecAccess
from maidenhair.kube.sweeping import sweep
from maidenhair.kube.teardown import GONE_SECONDS, delete_namespace
from maidenhair.kube.watching import WatchedObject
from maidenhair.waiting import eventually

__all__ = ["Run", "sweep"]

ACCOUNT_SECONDS = 30.0


class Run:
    """A run that owns what it creates; a context manager that keeps the run's Lease.

    Args:
        kube: the API.
        run_id: the run's name, letters and digits; a random one by default.
    """

    def __init__(self, kube: Kube, run_id: str | None = None) -> None:
        self.id = run_id or secrets.token_hex(4)
        self._kube = kube
        self._access = SpecAccess(kube)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make the Lease by which others see that this run lives.

        Raises:
            KubernetesError: it could not be made.
        """
        self._stack.enter_context(RunLease(self._kube, self.id))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the run: what of it should still be there is a leftover from now on."""
        self._stack.close()

    def labels(self, spec_name: str) -> dict[str, str]:
        """Return the labels of everything that a spec creates."""
        return {RUN_LABEL: self.id, SPEC_LABEL: label_value(spec_name)}

    @contextmanager
    def namespace(self, spec_name: str, gone_within: float = GONE_SECONDS) -> Iterator[str]:
        """Create a namespace for a spec and give its name; on leaving, delete it and wait.

        Args:
            spec_name: the spec's name, from which the namespace's is made.
            gone_within: seconds for the deletion.

        Raises:
            KubernetesError: the namespace could not be made.
            WaitTimedOut: it was not gone in time; the text says what blocks it.
        """
        name = namespace_name(spec_name, secrets.token_hex(3))
        labels = self.labels(spec_name)
        metadata = {"name": name, "labels": labels}
        self._kube.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        try:
            self._access.ensure(name, labels)
            self._wait_until_usable(name)
            yield name
        finally:
            delete_namespace(self._kube, name, gone_within)

    def _wait_until_usable(self, namespace: str) -> None:
        # Pods are refused until the controller manager has made their service account.
        with WatchedObject(self._kube, "v1", "ServiceAccount", "default", namespace) as account:
            eventually(
                account,
                is_present(),
                within=ACCOUNT_SECONDS,
                described_as=f"the default ServiceAccount of Namespace {namespace}",
            )

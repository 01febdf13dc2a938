"""The watches that follow the namespaces of a run, one for all of them."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Lock

from maidenhair.errors import ApiRefused
from maidenhair.kube.client import Kube
from maidenhair.kube.matchers import is_present
from maidenhair.kube.objects import Object
from maidenhair.kube.watch.watched import NamedSource, WatchedObject, WatchedObjects
from maidenhair.waiting import eventually
from maidenhair.waiting.sources import Source

ACCOUNT = "default"
ACCOUNT_SECONDS = 30.0
FORBIDDEN = 403


class NamespaceWatches:
    """The watches of namespaces and of their default ServiceAccounts, without which the API server refuses pods.

    The first wait starts both. Waits for the end of a namespace use the first one as well; see
    `Informers.acquire_named`. If the account of the run may not watch them in all namespaces, each wait for an account
    has a watch of its own.

    Args:
        kube: the API client.
    """

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self._lock = Lock()
        self._stack = ExitStack()
        self._accounts: WatchedObjects | None = None
        self._is_forbidden = False

    def wait_until_usable(self, namespace: str) -> None:
        """Wait until the controller manager has created the default ServiceAccount of a namespace.

        Raises:
            WaitTimedOut: it was not created in time.
            KubernetesError: the API could not be used.
        """
        source = self._watched(namespace)
        if source is not None:
            _wait(source, namespace)
            return
        with WatchedObject(self._kube, "v1", "ServiceAccount", ACCOUNT, namespace) as account:
            _wait(account, namespace)

    def close(self) -> None:
        """Stop the watches."""
        with self._lock:
            self._stack.close()
            self._accounts = None

    def _watched(self, namespace: str) -> NamedSource | None:
        with self._lock:
            if self._accounts is None and not self._is_forbidden:
                namespaces = WatchedObjects(self._kube, "v1", "Namespace")
                self._stack.enter_context(namespaces)
                selector = f"metadata.name={ACCOUNT}"
                accounts = WatchedObjects(self._kube, "v1", "ServiceAccount", None, None, selector)
                try:
                    self._accounts = self._stack.enter_context(accounts)
                except ApiRefused as refused:
                    if refused.status != FORBIDDEN:
                        raise
                    self._is_forbidden = True
            return self._accounts.named(ACCOUNT, namespace) if self._accounts is not None else None


def _wait(account: Source[Object | None], namespace: str) -> None:
    eventually(
        account,
        is_present(),
        within=ACCOUNT_SECONDS,
        described_as=f"the default ServiceAccount of Namespace {namespace}",
    )

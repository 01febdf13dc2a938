"""The waits for namespaces that begin and end: which requests they make."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from maidenhair.kube import Kube
from maidenhair.kube.run.namespace_deletion import wait_until_namespace_gone
from maidenhair.kube.run.namespace_watches import NamespaceWatches
from tests.unit.memory_api import MemoryTransport

WHOLE = "/api/v1/serviceaccounts"


class Api(MemoryTransport):
    """An API server in memory that may refuse to list the ServiceAccounts of all namespaces."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds["v1"]["serviceaccounts"] = "ServiceAccount"
        self.is_limited = False

    def _check_allowed(self, verb: str, request) -> None:  # type: ignore[no-untyped-def]
        self.forbidden = (
            {"metadata.name=default"} if self.is_limited and request.path == WHOLE else set()
        )
        super()._check_allowed(verb, request)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def kube(api: Api) -> Iterator[Kube]:
    kube = Kube(api, "n")  # type: ignore[arg-type]
    yield kube
    kube.close()


def create_account(kube: Kube, namespace: str) -> None:
    metadata = {"name": "default", "namespace": namespace}
    kube.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})


def test_all_namespaces_share_one_watch(api: Api, kube: Kube) -> None:
    watches = NamespaceWatches(kube)
    for name in ("a", "b", "c"):
        kube.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        later = threading.Timer(0.05, create_account, [kube, name])
        later.start()
        watches.wait_until_usable(name)
        later.join()
        later = threading.Timer(0.05, kube.delete, ["v1", "Namespace", name])
        later.start()
        wait_until_namespace_gone(kube, name)
        later.join()
    watches.close()

    assert api.requests == {
        **{("list", name): 1 for name in ("default", None, "a", "b", "c")},
        **{("watch", name): 1 for name in ("default", None)},
    }


def test_an_account_that_may_not_watch_all_namespaces_watches_each(api: Api, kube: Kube) -> None:
    api.is_limited = True
    watches = NamespaceWatches(kube)
    for name in ("a", "b"):
        create_account(kube, name)
        watches.wait_until_usable(name)

    # One list was refused.
    assert api.requests["list", "default"] == 3

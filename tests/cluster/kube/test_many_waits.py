"""Many waits, and an account that may read only some objects, on a real API server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from hamcrest import has_entries

from maidenhair.clusters.provider import Cluster
from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.informers import OWN_WATCHES
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.waiting import eventually
from tests.cluster.accounts import CONTEXT, service_account

WITHIN = 60.0
RBAC = "rbac.authorization.k8s.io"
NAMES = [f"m{number}" for number in range(OWN_WATCHES + 12)]
BLUE = has_entries(data=has_entries(color="blue"))


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    with Run(kube) as run, run.namespace("many") as name:
        yield name


def config_map(namespace: str, name: str, color: str) -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"color": color}}


def watches_of(namespace: str) -> int:
    return sum(each.name == f"watch ConfigMap {namespace}" for each in threading.enumerate())


def test_waits_for_many_objects_share_a_watch(kube: Kube, namespace: str) -> None:
    def wait(name: str) -> str:
        with WatchedObject(kube, "v1", "ConfigMap", name, namespace) as watched:
            return str(eventually(watched, BLUE, within=WITHIN)["metadata"]["name"])

    with ThreadPoolExecutor(len(NAMES)) as threads:
        waits = [threads.submit(wait, name) for name in NAMES]
        for color in ("red", "blue"):
            for name in NAMES:
                kube.apply(config_map(namespace, name, color))
        assert [done.result() for done in waits] == NAMES
    assert watches_of(namespace) <= OWN_WATCHES + 1


def test_waits_under_a_watch_of_the_kind_use_that(kube: Kube, namespace: str) -> None:
    with WatchedObjects(kube, "v1", "ConfigMap", namespace), ExitStack() as stack:
        sources = [
            stack.enter_context(WatchedObject(kube, "v1", "ConfigMap", name, namespace))
            for name in NAMES
        ]
        for name in NAMES:
            kube.apply(config_map(namespace, name, "blue"))
        for source in sources:
            eventually(source, BLUE, within=WITHIN)
        assert watches_of(namespace) == 1


def test_an_account_that_may_read_only_some_objects_can_wait_for_them(
    kube: Kube, api_cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    def of(kind: str, version: str, **fields: object) -> Object:
        metadata = {"name": "reader", "namespace": namespace}
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}

    verbs = ["get", "list", "watch"]
    rule = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": NAMES, "verbs": verbs}
    kube.apply(of("ServiceAccount", "v1"))
    kube.apply(of("Role", f"{RBAC}/v1", rules=[rule]))
    role = {"apiGroup": RBAC, "kind": "Role", "name": "reader"}
    subject = {"kind": "ServiceAccount", "name": "reader", "namespace": namespace}
    kube.apply(of("RoleBinding", f"{RBAC}/v1", roleRef=role, subjects=[subject]))
    path = service_account(api_cluster, tmp_path, "reader", namespace)
    reader = Kube.from_kubeconfig(path, CONTEXT)
    one = ("v1", "ConfigMap", NAMES[0], namespace)
    # The authorizer learns of the binding a moment later.
    eventually(lambda: reader.get(*one), None, within=WITHIN, tolerate=(ApiRefused,))
    try:
        with pytest.raises(ApiRefused, match="Forbidden"):
            reader.list("v1", "ConfigMap", namespace)
        with ExitStack() as stack:
            sources = [
                stack.enter_context(WatchedObject(reader, "v1", "ConfigMap", name, namespace))
                for name in NAMES
            ]
            for name in NAMES:
                kube.apply(config_map(namespace, name, "blue"))
            for source in sources:
                eventually(source, BLUE, within=WITHIN)
        with (
            pytest.raises(ApiRefused, match="Forbidden"),
            WatchedObject(reader, "v1", "ConfigMap", "another", namespace),
        ):
            pass
    finally:
        reader.close()

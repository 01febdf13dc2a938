"""Waits for objects whose kind is not served yet, not any more, or in another way, on a real API server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from maidenhair.clusters.provider import Cluster
from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import has_condition, is_absent, is_present
from maidenhair.kube.named_object import NamedObject
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually
from tests.cluster.kube.definitions import GROUP, definition, remove, served

WITHIN = 60.0


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    with Run(kube) as run, run.namespace("kinds") as name:
        yield name


@pytest.fixture
def another_client(api_cluster: Cluster) -> Iterator[Kube]:
    """Return a client that has seen none of the kinds."""
    kube = Kube.from_kubeconfig(api_cluster.kubeconfig, api_cluster.context)
    yield kube
    kube.close()


def made(kind: str, namespace: str | None, version: str = "v1") -> Object:
    metadata = {"name": "x", **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": f"{GROUP}/{version}", "kind": kind, "metadata": metadata}


def is_refused(kube: Kube, namespace: str) -> bool:
    """Return whether the client knows that the kind is gone; it may have to ask to notice."""
    try:
        kube.get(f"{GROUP}/v1", "Gasket", "x", namespace)
    except ApiRefused:
        return True
    return False


def test_a_wait_goes_on_until_the_kind_is_served(
    kube: Kube, another_client: Kube, namespace: str
) -> None:
    another_client.expect_kinds(f"Valve.{GROUP}")
    valve = NamedObject(another_client, "Valve", "x", namespace)
    with ThreadPoolExecutor(1) as threads:
        found = threads.submit(valve.wait_until_present)
        with served(kube, definition("Valve")):
            kube.apply(made("Valve", namespace))
            assert found.result(WITHIN)["apiVersion"] == f"{GROUP}/v1"


def test_a_wait_for_a_kind_that_nobody_expects_fails_at_once(
    kube: Kube, another_client: Kube, namespace: str
) -> None:
    with served(kube, definition("Piston")):
        similar = rf"similar kinds: Piston \({GROUP}/v1\)"
        with pytest.raises(ApiRefused, match=similar):
            NamedObject(another_client, "Pistons", "x", namespace).wait_until_present()
        with (
            pytest.raises(ApiRefused, match=similar),
            WatchedObject(another_client, f"{GROUP}/v1", "Pistn", "x", namespace),
        ):
            pass


def test_an_object_is_absent_when_its_kind_is_gone(kube: Kube, namespace: str) -> None:
    with (
        served(kube, definition("Gasket")),
        WatchedObject(kube, f"{GROUP}/v1", "Gasket", "x", namespace) as watched,
    ):
        kube.apply(made("Gasket", namespace))
        eventually(watched, is_present(), within=WITHIN)
        remove(kube, definition("Gasket"))
        eventually(watched, is_absent(), within=WITHIN)
        gasket = NamedObject(kube, "Gasket", "x", namespace)
        gasket.wait_until(is_absent(), "to be gone")
        eventually(lambda: is_refused(kube, namespace), True, within=WITHIN)
        again = NamedObject(kube, "Gasket", "x", namespace)
        again.wait_until(is_absent(), "to be gone")
        with pytest.raises(ApiRefused, match="does not serve this kind"):
            again.wait_until(has_condition("Ready"), "to be Ready")


@pytest.mark.parametrize(
    ("changed", "version"),
    [
        ({"scope": "Cluster"}, "v1"),
        ({"plural": "camshaftz"}, "v1"),
        ({"version": "v2"}, "v2"),
    ],
    ids=["scope", "plural", "version"],
)
def test_a_definition_that_is_replaced_is_followed(
    kube: Kube, namespace: str, changed: dict[str, str], version: str
) -> None:
    with served(kube, definition("Camshaft")):
        kube.apply(made("Camshaft", namespace))
        named = NamedObject(kube, "Camshaft", "x", namespace)
        assert named.wait_until_present()
        with named.watch() as watched:
            remove(kube, definition("Camshaft"))
            new = definition("Camshaft", **changed)
            kube.apply_all([new])
            where = None if "scope" in changed else namespace
            eventually(
                lambda: kube.apply(made("Camshaft", where, version)), is_present(), within=WITHIN
            )
            if version == "v1":
                # The watch that was open all the time, and requests for the version that it had.
                assert eventually(watched, is_present(), within=WITHIN)
                assert kube.get(f"{GROUP}/v1", "Camshaft", "x", where)
        found = NamedObject(kube, "Camshaft", "x", namespace).wait_until_present()
        assert found["apiVersion"] == f"{GROUP}/{version}"
        assert found["metadata"].get("namespace") == where
        remove(kube, new)

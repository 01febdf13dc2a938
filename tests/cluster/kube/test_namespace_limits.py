"""Limits of a namespace are enforced as soon as the call that creates them returns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube
from maidenhair.kube.namespace_limits import limit, limit_containers
from maidenhair.kube.run.run import Run

RESOURCE = "example.com/gadget"
ROUNDS = 3


def pod(namespace: str, **resources: Any) -> dict[str, Any]:
    container = {"name": "main", "image": "example", "resources": resources}
    metadata = {"generateName": "user-", "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [container]},
    }


@pytest.fixture(params=range(ROUNDS))
def namespace(kube: Kube, request: pytest.FixtureRequest) -> Iterator[tuple[Run, str]]:
    """Yield a run, and a namespace in which a pod was admitted before, so that admission has cached "no limits"."""
    with Run(kube) as run, run.namespace(f"limits {request.param}") as name:
        kube.create(pod(name), dry_run=True)
        yield run, name


def test_the_next_pod_gets_the_default_of_a_limit_range(
    kube: Kube, namespace: tuple[Run, str]
) -> None:
    run, name = namespace
    limit_containers(kube, run.inventory_of(name), "default", {RESOURCE: "1"})
    created = kube.create(pod(name))
    assert created["spec"]["containers"][0]["resources"]["limits"] == {RESOURCE: "1"}


def test_a_limit_range_is_enforced_where_a_quota_is_used_up(kube: Kube) -> None:
    with Run(kube) as run, run.namespace("limits") as name:
        inventory = run.inventory_of(name)
        limit(kube, inventory, {f"requests.{RESOURCE}": "1"})
        kube.create(pod(name, limits={RESOURCE: "1"}, requests={RESOURCE: "1"}))
        limit_containers(kube, inventory, "default", {RESOURCE: "1"})
        with pytest.raises(ApiRefused, match="exceeded quota"):
            kube.create(pod(name))


def test_a_dry_run_stores_nothing(kube: Kube) -> None:
    with Run(kube) as run, run.namespace("limits") as name:
        assert kube.create(pod(name), dry_run=True)["metadata"]["name"].startswith("user-")
        assert kube.list("v1", "Pod", name) == []

"""Objects that several specs and runs own together, against a real API server."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from maidenhair.clusters.provider import Cluster
from maidenhair.errors import NotOurs
from maidenhair.kube import Kube
from maidenhair.kube.run.labels import OWNER_PREFIX, RUN_LABEL, owner_of_run, owners_of
from maidenhair.kube.run.leftovers import find_leftovers
from maidenhair.kube.run.run import Run, sweep
from maidenhair.kube.run.sweep import remove_objects
from tests.cluster.kube.run.widgets import (
    CRD,
    CRD_KIND,
    GROUP,
    VERSION,
    config_map,
    custom,
    definition,
    exists,
    leftover,
    role,
)

# A worker: specs one after the other, each of which applies the same definition and uses its kind.
WORKER = """
import sys
from pathlib import Path
from maidenhair.kube import Kube
from maidenhair.kube.run.run import Run
from tests.cluster.kube.run.widgets import VERSION, custom, definition
kube = Kube.from_kubeconfig(Path(sys.argv[1]), sys.argv[2])
run = Run(kube, sys.argv[3])
for number in range(3):
    with run.namespace(f"spec {number}") as name:
        run.inventory_of(name).apply_all([custom("shareds", "mine"), definition("shareds")])
        assert kube.get(VERSION, "Shared", "mine", name) is not None
kube.close()
"""


def test_specs_in_different_processes_share_a_definition(kube: Kube, api_cluster: Cluster) -> None:
    with Run(kube) as run:
        arguments = [str(api_cluster.kubeconfig), api_cluster.context, run.id]
        command = [sys.executable, "-c", WORKER, *arguments]
        workers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
        errors = [each.communicate()[1] for each in workers]
        assert errors == ["", "", ""]
        assert not exists(kube, definition("shareds"))


def test_the_last_of_several_owners_deletes_an_object(kube: Kube) -> None:
    shared, outside = role("run-tests-shared"), config_map("shared", namespace="default")
    with Run(kube) as first, Run(kube) as second:
        with second.namespace("of another run") as other:
            with first.namespace("of a run") as one:
                for run, name in ((first, one), (second, other)):
                    run.inventory_of(name).apply_all([shared, outside])
                found = kube.get("v1", "ConfigMap", "shared", "default")
                assert found is not None
                assert owners_of(found) == {one: first.id, other: second.id}
            assert sweep(kube) == []
            for each in (shared, outside):
                assert exists(kube, each)
        for each in (shared, outside):
            assert not exists(kube, each)


def test_owners_that_come_and_go_at_once_are_all_counted(kube: Kube) -> None:
    with Run(kube) as run:
        with run.namespace("stays") as name:
            run.inventory_of(name).apply(role("run-tests-busy"))

            def use(number: int) -> None:
                with run.namespace(f"comes and goes {number}") as mine:
                    made = run.inventory_of(mine).apply(role("run-tests-busy"))
                    assert OWNER_PREFIX + mine in made["metadata"]["annotations"]

            with ThreadPoolExecutor(4) as pool:
                list(pool.map(use, range(8)))
            found = kube.get("rbac.authorization.k8s.io/v1", "ClusterRole", "run-tests-busy")
            assert found is not None
            assert owners_of(found) == {name: run.id}
        assert not exists(kube, role("run-tests-busy"))


def test_a_retained_spec_shares_its_objects_with_the_next_run(kube: Kube) -> None:
    shared = definition("keepers")
    with Run(kube) as failed:
        leftover(kube, failed.id).apply_all([shared, custom("keepers", "evidence")])
        retained = f"left-by-{failed.id}"
        failed.retain(retained)
    with Run(kube) as run, run.namespace("next") as name:
        assert sweep(kube) == []
        run.inventory_of(name).apply_all([shared, custom("keepers", "mine")])
    assert kube.get(VERSION, "Keeper", "evidence", retained) is not None
    assert sweep(kube) == []
    leftovers = find_leftovers(kube)
    assert leftovers.retained_namespaces == (retained,)
    swept = remove_objects(kube, leftovers.retained_in([retained]))
    assert swept.errors == ()
    assert set(swept.removed) == {
        f"{CRD_KIND} keepers.{GROUP}",
        f"Namespace {retained}",
    }
    assert kube.get(CRD, CRD_KIND, f"keepers.{GROUP}") is None


def test_a_retained_spec_keeps_the_objects_of_its_run(kube: Kube) -> None:
    shared = definition("proofs")
    with Run(kube) as failed:
        failed.inventory.apply_all([shared])
        leftover(kube, failed.id).apply(custom("proofs", "evidence"))
        retained = f"left-by-{failed.id}"
        failed.retain(retained)
    assert sweep(kube) == []
    with Run(kube) as run:
        run.inventory.apply(shared)
    assert kube.get(VERSION, "Proof", "evidence", retained) is not None
    assert remove_objects(kube, find_leftovers(kube).retained).errors == ()
    assert not exists(kube, shared)


def test_sweeping_a_retained_namespace_leaves_what_a_live_spec_uses(kube: Kube) -> None:
    shared = role("run-tests-retained")
    with Run(kube) as failed:
        leftover(kube, failed.id).apply(shared)
        retained = f"left-by-{failed.id}"
        failed.retain(retained)
    with Run(kube) as run, run.namespace("uses it") as name:
        run.inventory_of(name).apply(shared)
        swept = remove_objects(kube, find_leftovers(kube).retained_in([retained]))
        assert swept.removed == (f"Namespace {retained}",)
        assert exists(kube, shared)
    assert not exists(kube, shared)


def test_a_dead_owner_does_not_keep_an_object(kube: Kube) -> None:
    shared = role("run-tests-half-dead")
    leftover(kube, "dead-owner").apply(shared)
    with Run(kube) as run:
        with run.namespace("lives") as name:
            run.inventory_of(name).apply(shared)
            assert sweep(kube) == ["Namespace left-by-dead-owner"]
            assert exists(kube, shared)
        assert not exists(kube, shared)


def test_an_earlier_object_that_is_being_deleted_is_waited_for(kube: Kube) -> None:
    shared = role("run-tests-slow")
    shared["metadata"]["finalizers"] = ["run-tests.example.com/slow"]
    key: Any = (shared["apiVersion"], "ClusterRole", "run-tests-slow")
    first = kube.apply(shared)
    kube.delete(*key)
    with Run(kube) as run, run.namespace("patient") as name, ThreadPoolExecutor(1) as pool:
        applied = pool.submit(run.inventory_of(name).apply, role("run-tests-slow"))
        kube.patch(*key, {"metadata": {"finalizers": None}})
        assert applied.result(60)["metadata"]["uid"] != first["metadata"]["uid"]


def test_an_object_that_existed_before_is_adopted_or_left_on_request(kube: Kube) -> None:
    adopted, left = role("run-tests-adopted"), role("run-tests-left")
    kube.apply_all([adopted, left])
    try:
        with Run(kube) as run:
            with run.namespace("adopts") as name:
                inventory = run.inventory_of(name)
                with pytest.raises(NotOurs, match="pass adopt=True"):
                    inventory.apply_all([role("run-tests-new"), adopted])
                assert not exists(kube, role("run-tests-new"))
                with pytest.raises(NotOurs):
                    inventory.apply(left, leave=True)
                inventory.apply(adopted, adopt=True)
                inventory.apply(left, adopt=True, leave=True)
            assert not exists(kube, adopted)
            for title in ("uses it again", "and again"):
                with run.namespace(title) as name:
                    run.inventory_of(name).apply(left)
                found = kube.get(left["apiVersion"], "ClusterRole", "run-tests-left")
                assert found is not None
                assert RUN_LABEL not in (found["metadata"].get("labels") or {})
                assert owners_of(found) == {}
            assert sweep(kube) == []
    finally:
        kube.delete(left["apiVersion"], "ClusterRole", "run-tests-left")


def test_the_objects_of_a_run_live_until_it_ends(kube: Kube) -> None:
    operator = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "run-tests-operator"}},
        definition("operateds"),
        role("run-tests-of-a-run"),
        config_map("settings", namespace="run-tests-operator"),
        config_map("inside"),
    ]
    with Run(kube) as run:
        for _ in range(2):
            # Each worker has a run object of its own.
            worker = Run(kube, run.id)
            with worker.namespace("uses the operator") as name:
                worker.inventory.apply_all(operator)
                worker.inventory_of(name).apply_all([custom("operateds", "mine"), operator[2]])
        for each in operator[:4]:
            assert exists(kube, each)
        found = kube.get("rbac.authorization.k8s.io/v1", "ClusterRole", "run-tests-of-a-run")
        assert found is not None
        assert owners_of(found) == {owner_of_run(run.id): run.id}
        assert kube.get("v1", "ConfigMap", "inside", run.shared_namespace()) is not None
        assert sweep(kube) == []
    for each in operator[:4]:
        assert not exists(kube, each)
    assert find_leftovers(kube).removable == ()

"""Ownership of objects, the end of runs, and sweeps, against a real API server without nodes."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hamcrest import not_none

from maidenhair._util.process_identity import ProcessIdentity
from maidenhair.clusters.provider import Cluster
from maidenhair.errors import NotOurs, WaitTimedOut
from maidenhair.kube import Kube
from maidenhair.kube.rbac.permissions import RUN_NAMESPACE
from maidenhair.kube.run import lease
from maidenhair.kube.run.labels import NAMESPACE_LABEL, ORDER_ANNOTATION, RUN_LABEL, SPEC_LABEL
from maidenhair.kube.run.lease import RunLease
from maidenhair.kube.run.leftovers import Leftovers, find_leftovers
from maidenhair.kube.run.namespace_deletion import (
    start_namespace_deletion,
    wait_until_namespace_gone,
)
from maidenhair.kube.run.removal import raise_all
from maidenhair.kube.run.run import Run, sweep
from maidenhair.kube.run.sweep import Swept, remove_objects
from maidenhair.waiting import eventually

WITHIN = 30.0

# A run that is killed in the middle of a spec. It prints its namespace and then blocks.
VICTIM = """
import sys
from pathlib import Path
from maidenhair.kube import Kube
from maidenhair.kube.run.run import Run
kube = Kube.from_kubeconfig(Path(sys.argv[1]), sys.argv[2])
with Run(kube) as run, run.namespace("the victim's spec") as namespace:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": []}
    kube.apply({**role, "metadata": {"name": namespace, "labels": run.labels("the victim's spec")}})
    print(namespace, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def killed(kube: Kube, api_cluster: Cluster) -> str:
    """Return the namespace of a run that was killed with SIGKILL."""
    arguments = [sys.executable, "-c", VICTIM, str(api_cluster.kubeconfig), api_cluster.context]
    with subprocess.Popen(arguments, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout is not None
        namespace = process.stdout.readline().strip()
        process.kill()
    assert namespace
    return namespace


def delete_namespace(kube: Kube, name: str) -> None:
    start_namespace_deletion(kube, name)
    wait_until_namespace_gone(kube, name)


def exists(kube: Kube, namespace: str) -> bool:
    return kube.get("v1", "Namespace", namespace) is not None


def lease_of(kube: Kube, run_id: str) -> dict[str, Any] | None:
    return kube.get(lease.API_VERSION, lease.KIND, lease.lease_name(run_id), RUN_NAMESPACE)


def remote_lease(kube: Kube, run_id: str, renewed: str) -> None:
    """Create the Lease of a run on another machine: renewed at a time, for one second."""
    holder = replace(ProcessIdentity.current(), boot="another machine")
    spec = {"holderIdentity": str(holder), "leaseDurationSeconds": 1, "renewTime": renewed}
    metadata = {
        "name": lease.lease_name(run_id),
        "namespace": RUN_NAMESPACE,
        "labels": {RUN_LABEL: run_id},
    }
    body = {"apiVersion": lease.API_VERSION, "kind": lease.KIND, "metadata": metadata}
    kube.apply({**body, "spec": spec})


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def test_a_spec_s_namespace_is_labelled_usable_and_gone_afterwards(kube: Kube) -> None:
    with Run(kube) as run:
        with run.namespace("Suspend, then resume") as name:
            made = kube.get("v1", "Namespace", name)
            assert made is not None
            assert name.startswith("suspend-then-resume-")
            assert made["metadata"]["labels"][RUN_LABEL] == run.id
            assert made["metadata"]["labels"][SPEC_LABEL] == "Suspend-then-resume"
            assert kube.get("v1", "ServiceAccount", "default", name) is not None
        assert not exists(kube, name)


def test_a_spec_s_namespace_goes_when_the_spec_fails(kube: Kube) -> None:
    with Run(kube) as run, pytest.raises(ZeroDivisionError), run.namespace("fails") as name:
        raise ZeroDivisionError
    assert not exists(kube, name)


def test_an_object_of_another_owner_that_blocks_a_namespace_is_reported_and_left(
    kube: Kube,
) -> None:
    with Run(kube) as run:
        metadata: dict[str, Any] = {"name": "stuck", "finalizers": ["tests.maidenhair.dev/never"]}
        blocked = run.namespace("blocked", gone_within=1, remove_finalizers=True)
        with pytest.raises(WaitTimedOut) as caught, blocked as name:
            metadata["namespace"] = name
            kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
        message = str(caught.value)
        assert f"waiting for Namespace {name} to be gone" in message
        assert (
            f"ConfigMap {name}/stuck exists, waiting for finalizers: tests.maidenhair.dev/never"
            in message.replace("is being deleted", "exists")
        )
        stuck = kube.get("v1", "ConfigMap", "stuck", name)
        assert stuck is not None
        assert stuck["metadata"]["finalizers"] == ["tests.maidenhair.dev/never"]
        kube.patch("v1", "ConfigMap", "stuck", {"metadata": {"finalizers": None}}, name)
        delete_namespace(kube, name)
        assert not exists(kube, name)


def config_map(name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def role(name: str, **metadata: Any) -> dict[str, Any]:
    kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": []}
    return {**kind, "metadata": {"name": name, **metadata}}


def test_finalizers_of_own_objects_are_removed_on_request(kube: Kube) -> None:
    stuck = {"finalizers": ["tests.maidenhair.dev/never"]}
    with Run(kube) as run:
        with run.namespace("forced", gone_within=1, remove_finalizers=True) as name:
            run.inventory_of(name).apply(config_map("stuck", **stuck))
            run.inventory_of(name).apply(role(name, **stuck))
        assert not exists(kube, name)
        assert kube.get("rbac.authorization.k8s.io/v1", "ClusterRole", name) is None


def test_the_objects_of_a_spec_are_removed_in_reverse_order(kube: Kube) -> None:
    with Run(kube) as run, run.namespace("ordered") as name:
        inventory = run.inventory_of(name)
        first, second = role(f"{name}-1"), role(f"{name}-2")
        inventory.apply_all([first, second, config_map("inside")])
        seen: list[str] = []
        watch = kube.watch(first["apiVersion"], "ClusterRole", label_selector=RUN_LABEL)
        with closing(watch) as stream:
            removal = inventory.start_deletion()
            for kind, each in stream:
                seen += [each["metadata"]["name"]] if kind == "DELETED" else []
                if len(seen) == 2:
                    break
        assert seen == [f"{name}-2", f"{name}-1"]
        made = [each["metadata"]["annotations"][ORDER_ANNOTATION] for each in inventory.objects]
        assert made == sorted(set(made)), "the order of removal by a sweep"
        raise_all(removal.finish())


def test_an_object_of_another_owner_is_neither_changed_nor_removed(kube: Kube) -> None:
    kube.apply(role("strangers-role"))
    try:
        with Run(kube) as run, run.namespace("careful") as name:
            with pytest.raises(
                NotOurs,
                match="ClusterRole strangers-role: the object exists and does not belong to this run",
            ):
                run.inventory_of(name).apply(role("strangers-role"))
            run.inventory_of(name).apply(role(name))
            # Another owner replaces it with an object of the same name.
            kube.delete("rbac.authorization.k8s.io/v1", "ClusterRole", name)
            kube.apply(role(name))
        for theirs in ("strangers-role", name):
            assert kube.get("rbac.authorization.k8s.io/v1", "ClusterRole", theirs) is not None
    finally:
        for theirs in ("strangers-role", name):
            kube.delete("rbac.authorization.k8s.io/v1", "ClusterRole", theirs)


def test_a_sweep_leaves_retained_namespaces_and_removes_stale_marks(kube: Kube) -> None:
    with Run(kube) as run:
        retained = labelled_namespace("retained-one", run.id)
        kube.apply(retained)
        kube.apply(
            role("of-retained-one", labels={RUN_LABEL: run.id, NAMESPACE_LABEL: "retained-one"})
        )
        run.retain("retained-one")
        run.retain("was-removed-by-hand")
    assert sweep(kube) == []
    leftovers = find_leftovers(kube)
    assert leftovers.retained_namespaces == ("retained-one",)
    assert leftovers.stale_marks == ()
    assert remove_objects(kube, leftovers.retained_in(["retained-one"])) == Swept(
        ("ClusterRole of-retained-one", "Namespace retained-one")
    )
    assert find_leftovers(kube) == Leftovers((), ())


def test_a_run_s_lease_is_renewed_and_goes_with_the_run(kube: Kube) -> None:
    with RunLease(kube, "renewed", renew_every=0.05):
        first = lease_of(kube, "renewed")
        assert first is not None

        def later() -> dict[str, Any] | None:
            found = lease_of(kube, "renewed")
            assert found is not None
            return found if found["spec"]["renewTime"] != first["spec"]["renewTime"] else None

        eventually(later, not_none(), within=WITHIN)
    assert lease_of(kube, "renewed") is None


def test_a_deleted_lease_is_created_again(kube: Kube) -> None:
    with RunLease(kube, "restored", renew_every=0.05):
        kube.delete(lease.API_VERSION, lease.KIND, lease.lease_name("restored"), RUN_NAMESPACE)
        eventually(lambda: lease_of(kube, "restored"), not_none(), within=WITHIN)


def test_a_sweep_removes_the_objects_of_a_killed_run_and_no_others(kube: Kube, killed: str) -> None:
    stranger = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "stranger"}}
    kube.apply(stranger)
    try:
        with Run(kube) as run, run.namespace("lives") as mine:
            removed = sweep(kube)
            assert sorted(removed) == [f"ClusterRole {killed}", f"Namespace {killed}"]
            assert not exists(kube, killed)
            assert kube.get("rbac.authorization.k8s.io/v1", "ClusterRole", killed) is None
            assert exists(kube, mine)
            assert lease_of(kube, run.id) is not None
            assert exists(kube, "stranger")
            assert sweep(kube) == []
    finally:
        delete_namespace(kube, "stranger")


def test_two_sweeps_at_once_remove_the_same(kube: Kube, killed: str) -> None:
    problems: list[BaseException] = []

    def other() -> None:
        try:
            sweep(kube)
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=other)
    thread.start()
    sweep(kube)
    thread.join()
    assert problems == []
    assert not exists(kube, killed)


def test_a_run_of_another_machine_is_dead_once_its_lapsed_lease_is_not_renewed(kube: Kube) -> None:
    with Run(kube):
        remote_lease(kube, "silent", "2026-01-31T12:00:00.000000Z")
        kube.apply(labelled_namespace("of-silent", "silent"))
    assert sweep(kube) == ["Namespace of-silent"]
    assert lease_of(kube, "silent") is None


def test_a_run_of_another_machine_lives_while_its_lease_does(kube: Kube) -> None:
    with Run(kube):
        # A clock that is an hour ahead of ours, as good as a renewal just now.
        remote_lease(kube, "remote", "2999-01-31T12:00:00.000000Z")
        kube.apply(labelled_namespace("of-remote", "remote"))
        assert sweep(kube) == []
        assert exists(kube, "of-remote")
        kube.delete(lease.API_VERSION, lease.KIND, lease.lease_name("remote"), RUN_NAMESPACE)
    assert sweep(kube) == ["Namespace of-remote"]


def test_a_run_whose_clock_is_behind_ours_lives_while_it_renews(kube: Kube) -> None:
    ended = threading.Event()

    def renew() -> None:
        minute = 0
        while not ended.wait(0.1):
            minute = (minute + 1) % 60
            remote_lease(kube, "behind", f"2020-01-31T12:{minute:02}:00.000000Z")

    with Run(kube):
        remote_lease(kube, "behind", "2020-01-31T12:00:00.000000Z")
        kube.apply(labelled_namespace("of-behind", "behind"))
        thread = threading.Thread(target=renew)
        thread.start()
        try:
            assert sweep(kube) == []
            assert exists(kube, "of-behind")
        finally:
            ended.set()
            thread.join()
    assert sweep(kube) == ["Namespace of-behind"]


def labelled_namespace(name: str, run_id: str) -> dict[str, Any]:
    metadata = {"name": name, "labels": {RUN_LABEL: run_id}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def test_the_specs_of_a_run_share_one_namespace_which_goes_with_the_run(kube: Kube) -> None:
    with Run(kube) as run, ThreadPoolExecutor(2) as workers:
        results = [workers.submit(Run(kube, run.id).shared_namespace) for _ in range(2)]
        first, second = (each.result(WITHIN) for each in results)
        assert first == second
        labels = kube.get("v1", "Namespace", first)["metadata"]["labels"]  # type: ignore[index]
        assert labels[RUN_LABEL] == run.id
    assert not exists(kube, first)


def test_runs_do_not_share_namespaces_with_each_other(kube: Kube) -> None:
    with Run(kube) as mine, Run(kube) as other:
        assert mine.shared_namespace() != other.shared_namespace()

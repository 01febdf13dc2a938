"""The client, its watches and its explanations against a real API server without nodes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hamcrest import contains_string, has_entries, has_length

from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.provider import Cluster
from maidenhair.config.cluster import Settings
from maidenhair.errors import ApiRefused, WaitStopped, WaitTimedOut
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.dump import collect
from maidenhair.kube.diagnosis.explain import explain, stop_when_hopeless
from maidenhair.kube.matchers import has_condition, is_absent, is_present
from maidenhair.kube.run.labels import namespace_name
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.waiting import eventually

GROUP = "tests.maidenhair.dev"
WITHIN = 30.0


@pytest.fixture(scope="module")
def namespace(kube: Kube) -> Iterator[str]:
    """Provide the namespace shared by tests that use only objects with their own names."""
    with Run(kube) as run, run.namespace("client") as name:
        yield name


@pytest.fixture
def own_namespace(kube: Kube) -> Iterator[str]:
    with Run(kube) as run, run.namespace("client on its own") as name:
        yield name


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of the test's object."""
    return namespace_name(request.node.name, "x")


def config_map(namespace: str, name: str, **data: str) -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def pod(namespace: str, name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": [{"name": "main", "image": "absent:1"}]},
    }


def waiting_status(reason: str, message: str) -> dict[str, Any]:
    """Return a pod status as kubelet sets it, because this cluster has no kubelet."""
    state = {"waiting": {"reason": reason, "message": message}}
    container = {
        "name": "main",
        "image": "absent:1",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
    }
    return {"phase": "Pending", "containerStatuses": [{**container, "state": state}]}


def widgets() -> tuple[Object, Object]:
    """Return a definition of a kind of our own, and an object of that kind."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
            "scope": "Cluster",
            "versions": [version],
        },
    }
    metadata = {"name": "first"}
    return definition, {"apiVersion": f"{GROUP}/v1", "kind": "Widget", "metadata": metadata}


def test_a_table_has_the_columns_that_kubectl_prints(kube: Kube, own_namespace: str) -> None:
    kube.apply(config_map(own_namespace, "settings", one="1", two="2"))

    rows = {row["Name"]: row for row in kube.table("v1", "ConfigMap", own_namespace)}

    assert rows["settings"]["Data"] == 2
    assert kube.table("v1", "Pod", own_namespace) == []


def test_an_object_is_applied_changed_read_and_deleted(
    kube: Kube, namespace: str, name: str
) -> None:
    applied = kube.apply(config_map(namespace, name, color="red"))
    assert applied["metadata"]["managedFields"][0]["manager"] == "maidenhair"
    # Fields that are no longer applied are removed. An object read from the API can be applied.
    kube.apply({**applied, "data": {"size": "small"}})
    found = kube.get("v1", "ConfigMap", name, namespace)
    assert found is not None
    assert found["data"] == {"size": "small"}
    kube.patch("v1", "ConfigMap", name, {"data": {"size": None, "shape": "round"}}, namespace)
    named = kube.list("v1", "ConfigMap", namespace, field_selector=f"metadata.name={name}")
    assert [(each["kind"], each["data"]) for each in named] == [("ConfigMap", {"shape": "round"})]
    kube.delete("v1", "ConfigMap", name, namespace)
    assert kube.get("v1", "ConfigMap", name, namespace) is None
    kube.delete("v1", "ConfigMap", name, namespace)


def test_apply_overrides_the_fields_of_another_manager(
    kube: Kube, namespace: str, name: str
) -> None:
    kube.create(config_map(namespace, name, color="red"))
    assert kube.apply(config_map(namespace, name, color="blue"))["data"] == {"color": "blue"}


def test_an_object_is_created_but_once(kube: Kube, namespace: str, name: str) -> None:
    kube.create(config_map(namespace, name))
    with pytest.raises(ApiRefused, match=f'configmaps "{name}" already exists') as caught:
        kube.create(config_map(namespace, name))
    assert (caught.value.status, caught.value.reason) == (409, "AlreadyExists")


def test_a_refusal_has_the_api_server_s_own_message(kube: Kube, namespace: str, name: str) -> None:
    with pytest.raises(ApiRefused) as caught:
        kube.apply(config_map(namespace, name="No_Name"))
    assert caught.value.reason == "Invalid"
    assert str(caught.value).startswith(f"apply ConfigMap {namespace}/No_Name: ")
    assert "a lowercase RFC 1123 subdomain must consist of" in caught.value.message


def test_an_unknown_field_is_refused_or_dropped_with_a_warning(
    kube: Kube, namespace: str, name: str
) -> None:
    misspelt = {**config_map(namespace, name), "date": {}}
    warnings: list[str] = []
    with pytest.raises(ApiRefused, match='unknown field "date"'):
        kube.create(misspelt, validation="Strict", on_warning=warnings.append)
    assert warnings == []
    assert "date" not in kube.create(misspelt, validation="Warn", on_warning=warnings.append)
    assert warnings == ['unknown field "date"']


def test_objects_of_a_new_kind_wait_for_its_definition(kube: Kube) -> None:
    definition, widget = widgets()
    try:
        applied = kube.apply_all([widget, definition])
        assert [each["kind"] for each in applied] == ["CustomResourceDefinition", "Widget"]
    finally:
        with WatchedObject(
            kube, definition["apiVersion"], definition["kind"], definition["metadata"]["name"]
        ) as watched:
            kube.delete(definition["apiVersion"], definition["kind"], f"widgets.{GROUP}")
            eventually(watched, is_absent(), within=WITHIN)


def test_a_kind_that_is_not_served_is_refused(kube: Kube) -> None:
    with pytest.raises(ApiRefused, match=r"find kind Gadget .* does not serve this kind"):
        kube.list(f"{GROUP}/v1", "Gadget")


def test_kustomize_builds_a_folder(kube: Kube, tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("configMapGenerator: [{name: c, literals: [a=b]}]")
    (built,) = kube.kustomize(tmp_path)
    assert built["data"] == {"a": "b"}


def test_a_wait_wakes_when_a_watched_object_changes(kube: Kube, namespace: str, name: str) -> None:
    with WatchedObject(kube, "v1", "ConfigMap", name, namespace) as watched:
        assert watched.read() is None
        kube.apply(config_map(namespace, name, color="red"))
        eventually(watched, is_present(), within=WITHIN)
        kube.apply(config_map(namespace, name, color="blue"))
        blue = has_entries(data=has_entries(color="blue"))
        assert eventually(watched, blue, within=WITHIN)["kind"] == "ConfigMap"
        kube.delete("v1", "ConfigMap", name, namespace)
        eventually(watched, is_absent(), within=WITHIN)


def test_a_wait_outlives_a_restart_of_the_api_server(
    kube: Kube, api_cluster: Cluster, namespace: str, name: str
) -> None:
    settings = Settings(cluster_name=api_cluster.name, profile="api")
    with WatchedObject(kube, "v1", "ConfigMap", name, namespace) as watched:
        kube.apply(config_map(namespace, name, color="red"))
        EmbeddedProvider(settings, Progress()).restart("control-plane", "kube-apiserver")
        blue = config_map(namespace, name, color="blue")
        eventually(lambda: kube.apply(blue), is_present(), within=WITHIN)
        expected = has_entries(data=has_entries(color="blue"))
        assert eventually(watched, expected, within=WITHIN)["metadata"]["name"] == name


def test_a_watch_picks_by_labels(kube: Kube, namespace: str, name: str) -> None:
    with WatchedObjects(kube, "v1", "ConfigMap", namespace, label_selector="a=b") as watched:
        kube.apply(config_map(namespace, "other"))
        mine = config_map(namespace, "mine")
        mine["metadata"]["labels"] = {"a": "b"}
        kube.apply(mine)
        (found,) = eventually(watched, has_length(1), within=WITHIN)
        assert found["metadata"]["name"] == "mine"


def test_a_wait_for_a_pod_ends_with_the_pull_error(kube: Kube, namespace: str, name: str) -> None:
    web = kube.apply(pod(namespace, name))
    hopeless = stop_when_hopeless(kube, web)
    pulled = threading.Timer(
        0.5,
        lambda: kube.patch_status(
            "v1", "Pod", name, waiting_status("ErrImagePull", "absent:1: not found"), namespace
        ),
    )
    pulled.start()
    with (
        WatchedObject(kube, "v1", "Pod", name, namespace) as watched,
        pytest.raises(
            WaitStopped,
            match=r'image "absent:1" of container main .* cannot be pulled .*: absent:1: not',
        ),
    ):
        eventually(watched, has_condition("Ready"), within=600, stop_when=[hopeless])
    pulled.join()


def test_the_error_of_a_wait_includes_the_cause(kube: Kube, namespace: str, name: str) -> None:
    web = kube.apply(pod(namespace, name))
    status = waiting_status("CreateContainerConfigError", 'secret "s" not found')
    kube.patch_status("v1", "Pod", name, status, namespace)
    hopeless = stop_when_hopeless(kube, web)
    with (
        WatchedObject(kube, "v1", "Pod", name, namespace) as watched,
        pytest.raises(
            WaitTimedOut, match=r"Likely cause: .* needs Secret .*/s, which does not exist"
        ),
    ):
        ready = has_condition("Ready")
        eventually(watched, ready, within=0.0, stop_when=[hopeless], explain=hopeless.explain)


def test_a_stateful_set_whose_pods_are_refused_is_explained(kube: Kube, own_namespace: str) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": {"pods": "0"}}}
    kube.apply({**quota, "metadata": {"name": "none", "namespace": own_namespace}})
    with WatchedObject(kube, "v1", "ResourceQuota", "none", own_namespace) as watched:
        used = has_entries(status=has_entries(used=has_entries(pods="0")))
        eventually(watched, used, within=WITHIN)
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod(own_namespace, "web")["spec"]}
    selector = {"matchLabels": labels}
    stateful_set = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "web", "namespace": own_namespace},
        "spec": {"serviceName": "web", "selector": selector, "template": template},
    }
    kube.apply(stateful_set)

    def explanation() -> str:
        return explain(kube, stateful_set)

    eventually(explanation, contains_string("forbidden: exceeded quota: none"), within=WITHIN)


def test_diagnostics_contain_the_objects_of_a_namespace(
    kube: Kube, own_namespace: str, tmp_path: Path
) -> None:
    kube.apply(pod(own_namespace, "web"))
    status = waiting_status("ErrImagePull", "absent:1: not found")
    kube.patch_status("v1", "Pod", "web", status, own_namespace)
    secret = {"apiVersion": "v1", "kind": "Secret", "stringData": {"password": "hunter2"}}
    kube.create({**secret, "metadata": {"name": "s", "namespace": own_namespace}})
    summary = collect(kube, own_namespace, tmp_path / "dump").summary
    assert "cannot be pulled (its registry has no such image): absent:1: not found" in summary
    assert f"Pod {own_namespace}/web: container main is waiting (ErrImagePull: absent:1" in summary
    dumped = (tmp_path / "dump" / "objects.yaml").read_text()
    assert "password: <redacted>" in dumped
    assert "managedFields" not in dumped
    assert (tmp_path / "dump" / "events.txt").is_file()

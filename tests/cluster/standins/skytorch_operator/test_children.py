"""The objects that the operator stand-in creates for a Compute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from maidenhair.waiting import eventually

CLAIM = ("v1", "PersistentVolumeClaim")
GRPC_ROUTE = ("gateway.networking.k8s.io/v1", "GRPCRoute")
SERVICE = ("v1", "Service")
STATEFUL_SET = ("apps/v1", "StatefulSet")
CHILDREN = (STATEFUL_SET, SERVICE, GRPC_ROUTE)
SECONDS = 90.0

pytestmark = pytest.mark.usefixtures("operator")


def wait_for_value(read: Callable[[], Any], value: Any) -> None:
    eventually(read, value, within=SECONDS)


def storage(amount: str) -> dict[str, Any]:
    requests = {"requests": {"storage": amount}}
    spec = {"accessModes": ["ReadWriteOnce"], "resources": requests}
    return {"metadata": {"name": "models"}, "spec": spec}


@pytest.mark.parametrize("kind", CHILDREN, ids=lambda kind: kind[1])
def test_each_child_is_controlled_by_the_compute(computes: Any, kind: tuple[str, str]) -> None:
    compute = computes.apply()
    child = computes.wait_for(kind)
    assert child["metadata"]["ownerReferences"] == [
        {
            "apiVersion": "compute.skytorch.dev/v1alpha1",
            "kind": "Compute",
            "name": "demo",
            "uid": compute["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]
    assert "skytorch-operator" in {each["manager"] for each in child["metadata"]["managedFields"]}


@pytest.mark.parametrize("kind", CHILDREN, ids=lambda kind: kind[1])
def test_a_deleted_child_is_created_again(computes: Any, kind: tuple[str, str]) -> None:
    computes.apply()
    first = computes.wait_for(kind)["metadata"]["uid"]
    computes.kube.delete(*kind, "demo", computes.namespace)

    def is_another() -> bool:
        found = computes.get(kind)
        return found is not None and found["metadata"]["uid"] != first

    wait_for_value(is_another, True)


def test_a_changed_child_is_restored(computes: Any) -> None:
    computes.apply()
    computes.wait_for(SERVICE)
    wrong = {"spec": {"selector": {"app.kubernetes.io/name": "another"}}}
    computes.kube.patch(*SERVICE, "demo", wrong, computes.namespace)

    def selected() -> Any:
        return computes.get(SERVICE)["spec"]["selector"]["app.kubernetes.io/name"]

    wait_for_value(selected, "skytorch-server")


def test_a_changed_spec_reaches_the_pods(computes: Any) -> None:
    computes.apply(image="server:1", env=[{"name": "A", "value": "1"}])
    computes.wait_for(STATEFUL_SET)
    computes.apply(image="server:2", labels={"team": "tree"})

    def carried() -> Any:
        template = computes.get(STATEFUL_SET)["spec"]["template"]
        (server,) = template["spec"]["containers"]
        names = [each["name"] for each in server["env"]]
        return server["image"], template["metadata"]["labels"].get("team"), "A" in names

    wait_for_value(carried, ("server:2", "tree", False))


def test_claims_are_created_and_outlive_the_compute(computes: Any) -> None:
    computes.apply(volumeClaimTemplates=[storage("1Gi")])
    computes.wait_for(STATEFUL_SET)
    claim = computes.wait_for(CLAIM, "models")
    assert "ownerReferences" not in claim["metadata"]
    computes.delete()
    for kind in CHILDREN:
        computes.wait_until_gone(kind)
    assert computes.get(CLAIM, "models")["metadata"]["uid"] == claim["metadata"]["uid"]


def test_the_other_objects_are_created_when_a_claim_is_refused(computes: Any) -> None:
    computes.apply(volumeClaimTemplates=[storage("0")])
    for kind in CHILDREN:
        computes.wait_for(kind)
    assert computes.get(CLAIM, "models") is None


@pytest.mark.parametrize(
    "spec",
    [
        {"env": [{"name": "SKYTORCH_PORT", "value": "1"}]},
        {"override": {"containers": [{"name": "server", "env": [{"name": "A", "value": "1"}]}]}},
        {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]},
        {"resources": {"cpu": "-1"}},
        {"labels": {"app.kubernetes.io/instance": "another"}},
        {"volumeClaimTemplates": [{"spec": {"accessModes": ["ReadWriteOnce"]}}]},
    ],
    ids=["own variable", "override", "source", "negative", "instance", "nameless claim"],
)
def test_these_computes_get_no_stateful_set(computes: Any, spec: dict[str, Any]) -> None:
    computes.apply(**spec)
    computes.wait_until("Ready", "False", "StatefulSetNotAvailable")
    computes.wait_for(GRPC_ROUTE)
    assert computes.get(STATEFUL_SET) is None


def test_a_volume_of_the_host_becomes_an_empty_one(computes: Any) -> None:
    volumes = [
        {"name": "host", "hostPath": {"path": "/"}},
        {"name": "memory", "emptyDir": {"medium": "Memory"}},
    ]
    computes.apply(override={"volumes": volumes})
    made = computes.wait_for(STATEFUL_SET)["spec"]["template"]["spec"]["volumes"]
    assert made == [{"name": "host", "emptyDir": {}}, {"name": "memory", "emptyDir": {}}]


def test_two_computes_do_not_disturb_each_other(computes: Any) -> None:
    for name in ("one", "two"):
        computes.apply(name, volumeClaimTemplates=[storage("1Gi")])
    for name in ("one", "two"):
        match = computes.wait_for(GRPC_ROUTE, name)["spec"]["rules"][0]["matches"][0]
        assert match["headers"][0]["value"] == f"{computes.namespace}/{name}"
    computes.delete("one")
    computes.wait_until_gone(STATEFUL_SET, "one")
    assert computes.get(STATEFUL_SET, "two") is not None

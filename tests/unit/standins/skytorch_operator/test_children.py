"""The objects that the operator stand-in creates for a Compute, against the SkyTorch contract."""

from __future__ import annotations

from typing import Any

import pytest

from skytorch_operator.children import claims, grpc_route, service, stateful_set
from skytorch_operator.objects import Object, Reference

GATEWAY = Reference("skytorch-system", "skytorch-gateway")
OWN_LABELS = {
    "app.kubernetes.io/name": "skytorch-server",
    "app.kubernetes.io/instance": "demo",
    "app.kubernetes.io/component": "compute",
    "app.kubernetes.io/managed-by": "skytorch-operator",
    "app.kubernetes.io/part-of": "skytorch",
}
SELECTOR = {
    "app.kubernetes.io/name": "skytorch-server",
    "app.kubernetes.io/instance": "demo",
}


def compute(**spec: Any) -> Object:
    return {"metadata": {"name": "demo", "namespace": "lab", "uid": "u-1"}, "spec": spec}


def every_child(of: Object) -> list[Object]:
    return [service(of), grpc_route(of, GATEWAY), stateful_set(of)]


def pod(of: Object) -> Object:
    spec: Object = stateful_set(of)["spec"]["template"]["spec"]
    return spec


def container(of: Object) -> Object:
    (server,) = pod(of)["containers"]
    result: Object = server
    return result


@pytest.mark.parametrize("child", every_child(compute()), ids=lambda child: child["kind"])
def test_each_child_is_named_like_the_compute_and_controlled_by_it(child: Object) -> None:
    metadata = child["metadata"]
    assert (metadata["namespace"], metadata["name"]) == ("lab", "demo")
    assert metadata["labels"] == OWN_LABELS
    assert "annotations" not in metadata
    assert metadata["ownerReferences"] == [
        {
            "apiVersion": "compute.skytorch.dev/v1alpha1",
            "kind": "Compute",
            "name": "demo",
            "uid": "u-1",
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]


def test_the_users_labels_and_annotations_replace_the_operators_on_children_and_pods() -> None:
    labelled = compute(
        labels={"team": "tree", "app.kubernetes.io/part-of": "forest"}, annotations={"why": "test"}
    )
    carriers = [*every_child(labelled), stateful_set(labelled)["spec"]["template"]]
    for carrier in carriers:
        assert carrier["metadata"]["labels"] == OWN_LABELS | {
            "team": "tree",
            "app.kubernetes.io/part-of": "forest",
        }
        assert carrier["metadata"]["annotations"] == {"why": "test"}


def test_the_service_leads_to_the_pods_grpc_port() -> None:
    assert service(compute())["spec"] == {
        "type": "ClusterIP",
        "selector": SELECTOR,
        "ports": [
            {
                "name": "grpc",
                "port": 50051,
                "protocol": "TCP",
                "appProtocol": "kubernetes.io/h2c",
                "targetPort": "grpc",
            }
        ],
    }


def test_the_route_takes_the_calls_that_name_the_compute() -> None:
    route = grpc_route(compute(), GATEWAY)
    assert route["apiVersion"] == "gateway.networking.k8s.io/v1"
    (parent,) = route["spec"]["parentRefs"]
    assert (parent["kind"], parent["namespace"], parent["name"]) == ("Gateway", *GATEWAY)
    (rule,) = route["spec"]["rules"]
    assert rule["matches"] == [
        {"headers": [{"type": "Exact", "name": "compute-id", "value": "lab/demo"}]}
    ]
    assert rule["backendRefs"] == [{"kind": "Service", "name": "demo", "port": 50051}]


@pytest.mark.parametrize(
    ("spec", "replicas"), [({}, 1), ({"suspend": False}, 1), ({"suspend": True}, 0)]
)
def test_the_stateful_set_has_one_replica_unless_suspended(spec: Object, replicas: int) -> None:
    made = stateful_set(compute(**spec))["spec"]
    assert made["replicas"] == replicas
    assert made["podManagementPolicy"] == "Parallel"
    assert made["serviceName"] == "demo"
    assert made["selector"] == {"matchLabels": SELECTOR}


def test_a_compute_without_spec_gets_every_default() -> None:
    bare = compute()
    del bare["spec"]
    assert stateful_set(bare)["spec"]["replicas"] == 1
    assert container(bare) == {
        "name": "server",
        "image": "skytorch-server:latest",
        "ports": [{"name": "grpc", "containerPort": 50051, "protocol": "TCP"}],
        "env": [
            {"name": "SKYTORCH_PORT", "value": "50051"},
            {"name": "SKYTORCH_HOST", "value": "[::]"},
            {"name": "SKYTORCH_LOG_LEVEL", "value": "INFO"},
        ],
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"cpu": "1", "memory": "2Gi"},
        },
        "readinessProbe": {
            "grpc": {"port": 50051, "service": "skytorch.torch.Service"},
            "initialDelaySeconds": 2,
            "periodSeconds": 2,
            "timeoutSeconds": 5,
            "failureThreshold": 3,
        },
    }
    assert "volumes" not in pod(bare)


def test_image_command_and_arguments_are_the_users() -> None:
    server = container(compute(image="mine:1", command=["python"], args=["-m", "server"]))
    assert server["image"] == "mine:1"
    assert server["command"] == ["python"]
    assert server["args"] == ["-m", "server"]


def test_resources_are_both_requests_and_limits() -> None:
    amounts = {"cpu": "2", "example.com/device": 1}
    assert container(compute(resources=amounts))["resources"] == {
        "requests": amounts,
        "limits": amounts,
    }


def names_of(**spec: Any) -> list[str]:
    return [entry["name"].removeprefix("SKYTORCH_") for entry in container(compute(**spec))["env"]]


def test_the_users_variables_are_appended_to_the_operators_even_under_the_same_name() -> None:
    env = [{"name": "SKYTORCH_PORT", "value": "1"}, {"name": "A", "value": "2"}, {"name": "EMPTY"}]
    sent = container(compute(env=env))["env"]
    assert [entry["name"] for entry in sent[:3]] == [
        "SKYTORCH_PORT",
        "SKYTORCH_HOST",
        "SKYTORCH_LOG_LEVEL",
    ]
    assert sent[3:] == env


def test_each_variable_of_an_override_repeats_those_before_it() -> None:
    variables = [{"name": "B", "value": "1"}, {"name": "C", "value": "2"}]
    override = {"containers": [{"name": "server", "env": variables}]}
    own = ["PORT", "HOST", "LOG_LEVEL"]
    assert names_of(env=[{"name": "A"}], override=override) == [
        *(*own, "A"),
        *(*own, "A", "B"),
        *(*own, "A", "B", "C"),
    ]


def test_the_source_of_a_variable_is_sent_empty() -> None:
    source = {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    assert container(compute(env=[source]))["env"][-1] == {"name": "SECRET", "valueFrom": {}}


def test_volumes_and_the_servers_mounts_of_an_override_are_applied() -> None:
    mount = {"name": "data", "mountPath": "/data", "subPath": "a", "readOnly": True}
    overridden = compute(
        override={
            "serviceAccountName": "someone",
            "nodeSelector": {"disk": "fast"},
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "there"}},
                {"name": "scratch", "emptyDir": {"medium": "Memory"}},
                {"name": "other", "hostPath": {"path": "/"}},
            ],
            "containers": [
                {"name": "beside", "volumeMounts": [{"name": "x", "mountPath": "/x"}]},
                {"name": "server", "volumeMounts": [{**mount, "mountPropagation": "None"}]},
            ],
        }
    )
    made = pod(overridden)
    assert set(made) == {"containers", "volumes"}
    assert made["volumes"] == [
        {"name": "data", "persistentVolumeClaim": {"claimName": "there", "readOnly": False}},
        {"name": "scratch", "emptyDir": {}},
        {"name": "other"},
    ]
    assert container(overridden)["volumeMounts"] == [mount]


def test_claims_have_no_owner_and_are_volumes_of_the_pod() -> None:
    claiming = compute(
        labels={"team": "tree"},
        annotations={"why": "test"},
        volumeClaimTemplates=[
            {
                "metadata": {"name": "models", "labels": {"kind": "cache"}},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "1Gi"}, "limits": {"storage": "2Gi"}},
                    "storageClassName": "fast",
                    "volumeMode": "Block",
                },
            }
        ],
    )
    (claim,) = claims(claiming)
    shared = {key: value for key, value in OWN_LABELS.items() if not key.endswith("/instance")}
    assert claim == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": "models",
            "namespace": "lab",
            "labels": shared,
        },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
            "storageClassName": "fast",
        },
    }
    assert pod(claiming)["volumes"] == [
        {"name": "models", "persistentVolumeClaim": {"claimName": "models"}}
    ]
    assert "volumeMounts" not in container(claiming)


def test_a_claim_template_without_a_name_gives_a_volume_without_one() -> None:
    nameless = compute(volumeClaimTemplates=[{"spec": {}}])
    (claim,) = claims(nameless)
    assert claim["metadata"]["name"] == ""
    assert pod(nameless)["volumes"] == [{"name": "", "persistentVolumeClaim": {"claimName": ""}}]


def test_manifests_share_no_parts() -> None:
    subject = compute(labels={"a": "b"}, annotations={"c": "d"})
    before = stateful_set(subject)
    service(subject)["metadata"]["labels"]["a"] = "changed"
    service(subject)["metadata"]["annotations"]["c"] = "changed"
    assert stateful_set(subject) == before

"""The Computes that the API server accepts and refuses, with the contract's messages."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from hamcrest import has_items

from maidenhair.clusters.provider import Cluster
from maidenhair.errors import ApiRefused
from maidenhair.waiting import eventually

LABEL = "metadata.name must match RFC 1035 DNS label format"
LENGTH = "metadata.name must be no more than 63 characters"

# What SkyTorch 0.2.0 sends for Compute(node=…, volumes=…, env=…, resources=…).
AS_THE_SDK_SENDS: dict[str, Any] = {
    "image": "server:1",
    "args": ["--verbose"],
    "env": [{"name": "A", "value": "1"}],
    "labels": {"team": "tree"},
    "override": {
        "nodeSelector": {"kubernetes.io/hostname": "node-1"},
        "containers": [
            {"name": "server", "volumeMounts": [{"name": "models", "mountPath": "/models"}]}
        ],
    },
    "resources": {"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1"},
    "suspend": False,
    "volumeClaimTemplates": [
        {
            "metadata": {"name": "models"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "10Gi"}},
                "storageClassName": "fast",
            },
        }
    ],
}

# Parts of a pod that the operator does not apply yet.
WITHOUT_EFFECT: dict[str, Any] = {
    "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
    "override": {
        "serviceAccountName": "someone",
        "affinity": {
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}]
            }
        },
        "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
        "volumes": [{"name": "settings", "configMap": {"name": "settings"}}],
        "initContainers": [{"name": "first", "env": [{"name": "B", "value": "2"}]}],
        "schedulingGates": [{"name": "example.com/gate"}],
        "imagePullSecrets": [{"name": "secret"}],
    },
}


@pytest.mark.parametrize("spec", [AS_THE_SDK_SENDS, WITHOUT_EFFECT], ids=["sdk", "no effect"])
def test_a_full_spec_is_stored_as_it_is(computes: Any, spec: dict[str, Any]) -> None:
    computes.apply(**spec)
    assert computes.get()["spec"] == {"suspend": False, **spec}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("1st", LABEL),
        ("with.dots", LABEL),
        ("a" * 64, LENGTH),
    ],
)
def test_a_bad_name_is_refused(computes: Any, name: str, message: str) -> None:
    with pytest.raises(ApiRefused) as refused:
        computes.apply(name)
    assert refused.value.status == 422
    assert message in refused.value.message
    assert ({LABEL, LENGTH} - {message}).pop() not in refused.value.message


def test_the_api_server_describes_the_fields_of_a_spec(kube: Any) -> None:
    def fields() -> Any:
        return kube.discovery.schema_fields("compute.skytorch.dev/v1alpha1", "Compute", "spec")

    # The server describes a new kind a moment after it serves it.
    eventually(fields, has_items("image", "volumeClaimTemplates", "override"), within=60)
    assert kube.discovery.schema_fields("absent.skytorch.dev/v1", "Compute", "spec") == ()


@pytest.mark.parametrize("name", ["a", "a" * 63, "a-1"])
def test_a_good_name_is_accepted(computes: Any, name: str) -> None:
    assert computes.apply(name)["metadata"]["name"] == name


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"resources": {"memory": "plenty"}}, "spec.resources.memory"),
        ({"resources": {"memory": True}}, "spec.resources.memory"),
        ({"suspend": "yes"}, "spec.suspend"),
        ({"volumeClaimTemplates": [{"metadata": {}}]}, "spec.volumeClaimTemplates[0].spec"),
        ({"override": {"tolerations": [{"effect": "Sometimes"}]}}, "tolerations[0].effect"),
        ({"override": {"volumes": [{"name": "a", "hostPath": {}}]}}, "volumes[0].hostPath.path"),
        ({"override": {"affinity": {"podAffinity": "near"}}}, "override.affinity.podAffinity"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_spec_is_refused_by_field(computes: Any, spec: dict[str, Any], field: str) -> None:
    with pytest.raises(ApiRefused) as refused:
        computes.apply(**spec)
    assert field in refused.value.message


@pytest.mark.parametrize("amount", ["-1", -1])
def test_a_negative_amount_is_accepted(computes: Any, amount: Any) -> None:
    assert computes.apply(resources={"cpu": amount})["spec"]["resources"] == {"cpu": amount}


def test_an_empty_spec_is_accepted_with_the_default_of_suspend(computes: Any, kube: Any) -> None:
    manifest = {
        "apiVersion": "compute.skytorch.dev/v1alpha1",
        "kind": "Compute",
        "metadata": {"name": "demo", "namespace": computes.namespace},
        "spec": {},
    }
    assert kube.apply(manifest)["spec"] == {"suspend": False}


def test_a_compute_without_a_spec_is_accepted(computes: Any, kube: Any) -> None:
    manifest = {
        "apiVersion": "compute.skytorch.dev/v1alpha1",
        "kind": "Compute",
        "metadata": {"name": "demo", "namespace": computes.namespace},
    }
    assert "spec" not in kube.apply(manifest)


@pytest.mark.parametrize(
    "addresses",
    [
        [{"type": "Carrier", "value": "pigeon"}],
        [{"type": "Hostname", "value": ""}],
        [{"type": "Hostname", "value": "h" * 254}],
        [{"type": "IPAddress", "value": f"10.0.0.{number}"} for number in range(17)],
    ],
    ids=["type", "empty", "long", "many"],
)
def test_bad_addresses_are_refused(computes: Any, kube: Any, addresses: Any) -> None:
    computes.apply()
    subject = ("compute.skytorch.dev/v1alpha1", "Compute", "demo")
    with pytest.raises(ApiRefused, match="addresses"):
        kube.patch_status(*subject, {"addresses": addresses}, computes.namespace)


def test_an_address_is_a_host_name_by_default(computes: Any, kube: Any) -> None:
    computes.apply()
    subject = ("compute.skytorch.dev/v1alpha1", "Compute", "demo")
    status = {"addresses": [{"value": "gate.example"}]}
    patched = kube.patch_status(*subject, status, computes.namespace)
    assert patched["status"]["addresses"] == [{"type": "Hostname", "value": "gate.example"}]


def test_the_conditions_that_are_true_are_printed(computes: Any, api_cluster: Cluster) -> None:
    computes.apply()
    conditions = [
        {
            "type": kind,
            "status": status,
            "reason": "Test",
            "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        for kind, status in (("Ready", "False"), ("Suspended", "True"))
    ]
    subject = ("compute.skytorch.dev/v1alpha1", "Compute", "demo")
    computes.kube.patch_status(*subject, {"conditions": conditions}, computes.namespace)
    cells = printed(api_cluster, computes.namespace)
    assert cells["NAME"] == "demo"
    assert cells["STATE"] == "Suspended"
    assert cells["AGE"]


def printed(cluster: Cluster, namespace: str) -> dict[str, str]:
    """Return the cells that `kubectl get` prints for the only Compute of a namespace, by column."""
    access = ["--kubeconfig", str(cluster.kubeconfig), "--context", cluster.context]
    got = subprocess.run(
        [str(cluster.kubectl), *access, "get", "computes", "--namespace", namespace],
        check=True,
        capture_output=True,
        text=True,
    )
    header, row = got.stdout.splitlines()
    return dict(zip(header.split(), row.split(), strict=True))

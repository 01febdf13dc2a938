"""`maidenhair cluster deploy` and `undeploy`: what is deployed can be used, and nothing of it is left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube
from maidenhair.systems.deployment import Systems
from tests.conftest import running
from tests.project import ROOT, run_settings

RBAC, ADMISSION = "rbac.authorization.k8s.io/v1", "admissionregistration.k8s.io/v1"
OUTSIDE = (
    ("v1", "Namespace"),
    ("v1", "PersistentVolume"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    (ADMISSION, "MutatingWebhookConfiguration"),
    (ADMISSION, "ValidatingWebhookConfiguration"),
    (ADMISSION, "ValidatingAdmissionPolicy"),
    (ADMISSION, "ValidatingAdmissionPolicyBinding"),
    (RBAC, "ClusterRole"),
    (RBAC, "ClusterRoleBinding"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
    ("resource.k8s.io/v1", "DeviceClass"),
)
"""The kinds of objects outside of namespaces that a deployment may make."""
INSIDE = (("v1", "ConfigMap"), ("v1", "Service"), (RBAC, "Role"), (RBAC, "RoleBinding"))
"""The kinds of objects that it may make in namespaces that stay."""
OPERATOR = ("apps/v1", "Deployment", "skytorch-operator", "skytorch-system")
SCHEDULER = ("apps/v1", "Deployment", "hami-scheduler", "hami-system")


@pytest.fixture
def cluster(as_root: None, dead_clusters: None) -> Iterator[Cluster]:
    """Give a cluster on which nothing was ever deployed."""
    with running("node", "deploy", Systems.of(run_settings()).extensions) as cluster:
        yield cluster


@pytest.fixture
def kube(cluster: Cluster) -> Iterator[Kube]:
    client = Kube.from_kubeconfig(cluster.kubeconfig, cluster.context, cluster.kubectl)
    yield client
    client.close()


def maidenhair(command: str, cluster: Cluster) -> str:
    """Run a command of `maidenhair cluster`; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "maidenhair", "cluster", command, f"--name={cluster.name}"],
        cwd=ROOT,
        env={**os.environ, "MAIDENHAIR_PROVIDER": "embedded"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def objects(kube: Kube) -> set[str]:
    """Return what there is, by kind, namespace and name."""
    return {
        f"{kind} {each['metadata'].get('namespace', '')}/{each['metadata']['name']}"
        for api_version, kind in (*OUTSIDE, *INSIDE)
        for each in kube.list(api_version, kind)
    }


def test_nothing_is_left_of_what_was_deployed_and_it_can_be_deployed_again(
    cluster: Cluster, kube: Kube
) -> None:
    before = objects(kube)

    maidenhair("deploy", cluster)
    deployed = objects(kube) - before
    assert "Namespace /skytorch-system" in deployed
    assert "Namespace /hami-system" in deployed
    assert "Namespace /projectcontour" in deployed
    assert "CustomResourceDefinition /computes.compute.skytorch.dev" in deployed
    assert {kind.partition(" ")[0] for kind in deployed} >= {"ClusterRole", "ClusterRoleBinding"}

    maidenhair("undeploy", cluster)
    assert objects(kube) - before == set()
    # There is nothing left to remove, and that is no error.
    maidenhair("undeploy", cluster)

    maidenhair("deploy", cluster)
    assert objects(kube) - before == deployed
    for where in (OPERATOR, SCHEDULER):
        found = kube.get(*where)
        assert found is not None
        assert found["status"]["availableReplicas"] == 1

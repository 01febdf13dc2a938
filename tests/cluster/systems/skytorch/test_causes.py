"""The causes of Computes that are not Ready, on an API server and with SkyTorch's stack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hamcrest import empty

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster
from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers import has_condition
from maidenhair.kube.run.run import Run
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.suite.session import open_session
from maidenhair.systems.skytorch.api.compute import API_VERSION, ComputeView
from maidenhair.systems.skytorch.causes import KNOWLEDGE
from maidenhair.systems.skytorch.stack.deploy import deploy_compute_api
from maidenhair.waiting import eventually
from tests.cluster.kube.diagnosis.causes import made, wait_for_cause
from tests.project import run_settings

SYSTEM = "skytorch-system"
OPERATOR = ("apps/v1", "Deployment", "skytorch-operator", SYSTEM)


@pytest.fixture(scope="module")
def kube(systems_cluster: Cluster) -> Iterator[Kube]:
    settings = run_settings(provider="embedded", cluster_name=systems_cluster.name)
    with open_session(settings, Progress()):
        kube = knowing(systems_cluster)
        yield kube
        kube.close()


@pytest.fixture(scope="module")
def namespace(kube: Kube) -> Iterator[str]:
    with Run(kube) as run, run.namespace("explain Computes") as name:
        yield name


def knowing(cluster: Cluster) -> Kube:
    """Return the API with the knowledge of SkyTorch."""
    return Kube.from_kubeconfig(cluster.kubeconfig, cluster.context, knowledge=KNOWLEDGE)


def compute(name: str, namespace: str) -> Object:
    return {**made("Compute", name, namespace), "apiVersion": API_VERSION}


def test_a_suspended_compute_is_a_cause(kube: Kube, namespace: str) -> None:
    ComputeView(kube, namespace, "still").apply(image="absent:1", suspend=True)
    wait_for_cause(kube, compute("still", namespace), f"Compute {namespace}/still is suspended")


def operator_pods(kube: Kube) -> list[str]:
    """Return the names of the operator's pods, terminating ones included."""
    names = [each["metadata"]["name"] for each in kube.list("v1", "Pod", SYSTEM)]
    return [name for name in names if name.startswith("skytorch-operator-")]


def test_a_stopped_operator_is_a_cause(kube: Kube, namespace: str) -> None:
    kube.patch(*OPERATOR[:3], {"spec": {"replicas": 0}}, SYSTEM)
    try:
        # A pod that is terminating still reconciles.
        eventually(lambda: operator_pods(kube), empty(), within=60)
        ComputeView(kube, namespace, "alone").apply(image="absent:1")
        expected = (
            f"no operator has reconciled Compute {namespace}/alone: "
            f"the SkyTorch operator .Deployment {SYSTEM}/skytorch-operator. has 0 of 0 pods ready"
        )
        wait_for_cause(kube, compute("alone", namespace), expected)
    finally:
        kube.patch(*OPERATOR[:3], {"spec": {"replicas": 1}}, SYSTEM)
        with WatchedObject(kube, *OPERATOR) as watched:
            eventually(watched, has_condition("Available"), within=90)


def test_a_missing_operator_is_a_cause(api_cluster: Cluster) -> None:
    kube = knowing(api_cluster)
    deploy_compute_api(kube)
    try:
        with Run(kube) as run, run.namespace("explain no operator") as name:
            ComputeView(kube, name, "alone").apply(image="absent:1")
            pattern = (
                "no operator has reconciled Compute .*: the SkyTorch operator is not installed"
            )
            wait_for_cause(kube, compute("alone", name), pattern)
    finally:
        definition = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
        kube.delete(*definition, "computes.compute.skytorch.dev")
        kube.close()

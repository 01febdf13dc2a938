"""The session of a run: its stack, with the stand-in's operator and with one that the user brings."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Cluster
from maidenhair.config import Settings
from maidenhair.errors import ConfigurationError, StackError
from maidenhair.kube import Kube
from maidenhair.suite.session import open_session
from maidenhair.systems.deployment import Preparation, Systems
from maidenhair.systems.skytorch.system import SkyTorchDeployment
from tests.project import ROOT, run_settings

STAND_IN = ROOT / "manifests" / "skytorch" / "stand-in"
OPERATOR = ("apps/v1", "Deployment", "skytorch-operator", "skytorch-system")


def on(cluster: Cluster, **options: Any) -> Settings:
    """Return the settings of a run on a cluster."""
    return run_settings(provider="embedded", cluster_name=cluster.name, **options)


@pytest.fixture
def settings(systems_cluster: Cluster) -> Settings:
    return on(systems_cluster)


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """Manifests of a user's operator: the stand-in's, in another folder and with a mark."""
    folder = tmp_path / "operator" / "stand-in"
    shutil.copytree(STAND_IN, folder)
    shutil.copytree(STAND_IN.parent / "base", folder.parent / "base")
    kustomization = folder / "kustomization.yaml"
    mark = "\ncommonAnnotations:\n  example.com/brought: 'yes'\n"
    kustomization.write_text(kustomization.read_text() + mark)
    return folder


def test_a_session_has_a_gateway_with_an_address(settings: Settings) -> None:
    with open_session(settings, Progress()) as session:
        assert {"api", "nodes", "gateway", "skytorch"} <= session.cluster.capabilities
        gateway = ("gateway.networking.k8s.io/v1", "Gateway", "skytorch-gateway", "skytorch-system")
        found = session.kube.get(*gateway)
        assert found is not None
        assert found["status"]["addresses"][0]["value"]


def test_an_operator_that_the_user_brings_takes_the_stand_ins_place(
    systems_cluster: Cluster, settings: Settings, brought: Path
) -> None:
    preparation = Preparation(settings, Systems.of(settings), Progress())
    preparation.provide_components()
    stack = preparation.prepare()["skytorch"]
    assert isinstance(stack, SkyTorchDeployment)
    assert stack.plan is not None
    archive = next(path for path in stack.archives if "operator" in path.name)
    upstream = on(
        systems_cluster,
        skytorch_operator="upstream",
        skytorch_operator_manifests=str(brought),
        skytorch_operator_image=str(archive),
    )
    with open_session(upstream, Progress()) as session:
        deployment = session.kube.get(*OPERATOR)
        assert deployment is not None
        assert deployment["metadata"]["annotations"]["example.com/brought"] == "yes"
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        assert container["image"] == stack.plan.operator_image
    with open_session(settings, Progress()) as session:
        # A later run without these settings keeps it.
        assert "example.com/brought" in annotations_of_the_operator(session.kube)
    with open_session(on(systems_cluster, skytorch_operator="stand-in"), Progress()) as session:
        assert "example.com/brought" not in annotations_of_the_operator(session.kube)


def annotations_of_the_operator(kube: Kube) -> Mapping[str, str]:
    deployment = kube.get(*OPERATOR)
    assert deployment is not None
    annotations: Mapping[str, str] = deployment["metadata"].get("annotations", {})
    return annotations


def test_an_operator_without_an_image_is_reported_with_its_pull_error(
    systems_cluster: Cluster, brought: Path
) -> None:
    upstream = on(
        systems_cluster,
        skytorch_operator="upstream",
        skytorch_operator_manifests=str(brought),
        skytorch_operator_image="localhost:1/no-such-operator:1",
    )
    with (
        pytest.raises(StackError, match=r"(?s)skytorch-operator.*no-such-operator"),
        open_session(upstream, Progress()),
    ):
        pass


def test_an_archive_that_is_not_there_is_named(systems_cluster: Cluster, tmp_path: Path) -> None:
    expected = r"skytorch-test-image=.*server\.tar: there is no such image archive"
    with pytest.raises(ConfigurationError, match=expected):
        on(systems_cluster, skytorch_test_image=str(tmp_path / "server.tar"))

"""Configurations and node images of kind clusters, and invalid ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from maidenhair._util.progress import Progress
from maidenhair.clusters.kind.configuration import Configuration, choose_configuration
from maidenhair.clusters.kind.provider import KindProvider
from maidenhair.config.cluster import KUBERNETES_VERSIONS, Settings
from maidenhair.errors import ConfigurationError
from tests.project import ROOT

KIND = ROOT / "kind"
OURS = sorted(path.stem for path in KIND.glob("*.yaml") if path.stem != "node-images")


@pytest.mark.parametrize("name", OURS)
def test_a_configuration_maps_the_gateways_port_once_and_widens_the_node_ports(name: str) -> None:
    loaded = yaml.safe_load((KIND / f"{name}.yaml").read_text())
    mappings = [each for node in loaded["nodes"] for each in node.get("extraPortMappings", [])]
    assert mappings == [
        {
            "containerPort": 50051,
            "hostPort": 50051,
            "listenAddress": "127.0.0.1",
            "protocol": "TCP",
        }
    ]
    [patch] = map(yaml.safe_load, loaded["kubeadmConfigPatches"])
    assert patch["apiServer"]["extraArgs"] == {"service-node-port-range": "50000-52767"}


@pytest.mark.parametrize(
    ("settings", "name", "workers", "additional"),
    [
        ({}, "single-node", 1, set()),
        ({"nodes": 3}, "three-nodes", 2, {"multi-node"}),
        ({"kind_configuration": "ha"}, "ha", 2, {"multi-node"}),
    ],
)
def test_the_settings_choose_a_configuration(
    settings: dict[str, Any], name: str, workers: int, additional: set[str]
) -> None:
    chosen = choose_configuration(Settings(**settings))
    assert (chosen.name, chosen.workers) == (name, workers)
    minor = Settings().kubernetes_version.rpartition(".")[0]
    assert chosen.image.startswith(f"kindest/node:v{minor}.")
    capabilities = KindProvider(Settings(provider="kind", **settings), Progress()).capabilities
    assert {"api", "nodes", "node-faults"} | additional <= capabilities
    assert additional or "multi-node" not in capabilities


def test_feature_gates_are_added_to_those_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("kind: Cluster\nfeatureGates: {Old: true, Other: true}\n")
    gates = ("Other=false", "SomeFeature=true")

    chosen = choose_configuration(Settings(kind_configuration=str(file), feature_gates=gates))

    expected = {"Old": True, "Other": False, "SomeFeature": True}
    assert yaml.safe_load(chosen.text)["featureGates"] == expected
    assert chosen.digest != choose_configuration(Settings(kind_configuration=str(file))).digest


def test_there_is_a_node_image_of_each_minor_version() -> None:
    images = yaml.safe_load((KIND / "node-images.yaml").read_text())
    assert list(images) == [version.rpartition(".")[0] for version in KUBERNETES_VERSIONS]


def test_every_known_node_image_is_pinned_by_a_digest() -> None:
    images = yaml.safe_load((KIND / "node-images.yaml").read_text())
    for minor, image in images.items():
        assert image.startswith(f"kindest/node:v{minor}.")
        assert len(image.partition("@sha256:")[2]) == 64


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"nodes": 2},
            "MAIDENHAIR_NODES=2: there is no kind configuration with 2 nodes; use 1 or 3, "
            "or set MAIDENHAIR_KIND_CONFIG to one of ha, single-node, three-nodes",
        ),
        (
            {"kubernetes_version": "1.2.3"},
            "no known node image for Kubernetes 1.2.3; set MAIDENHAIR_KUBERNETES_VERSION to one of 1.34",
        ),
        ({"profile": "api"}, "MAIDENHAIR_PROVIDER=embedded"),
        (
            {"kind_configuration": "/nowhere.yaml"},
            "/nowhere.yaml is not a kind configuration .*No such",
        ),
    ],
)
def test_settings_without_a_configuration_are_refused(
    settings: dict[str, Any], message: str
) -> None:
    # model_copy skips the validation: a setting may name a version that has no node image.
    with pytest.raises(ConfigurationError, match=message):
        choose_configuration(Settings().model_copy(update=settings))


@pytest.mark.parametrize("text", ["- a list", "nodes: one", "nodes: [one]", "a: [unclosed"])
def test_a_file_that_is_not_a_configuration_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=r"own\.yaml is not a kind configuration"):
        choose_configuration(Settings(kind_configuration=str(file)))


def test_every_node_gets_the_mark_beside_its_own_mounts(tmp_path: Path) -> None:
    text = "nodes: [{role: control-plane, extraMounts: [{hostPath: /a, containerPath: /b}]}, {role: worker}]"
    Configuration("own", text, "node:1").write(tmp_path / "kind.yaml", tmp_path / "mark")
    first, second = yaml.safe_load((tmp_path / "kind.yaml").read_text())["nodes"]
    assert [mount["hostPath"] for mount in first["extraMounts"]] == ["/a", str(tmp_path / "mark")]
    assert [mount["hostPath"] for mount in second["extraMounts"]] == [str(tmp_path / "mark")]


def test_a_configuration_without_nodes_gets_one(tmp_path: Path) -> None:
    configuration = Configuration("own", "kind: Cluster", "node:1")
    configuration.write(tmp_path / "kind.yaml", tmp_path / "mark")
    [node] = yaml.safe_load((tmp_path / "kind.yaml").read_text())["nodes"]
    assert node["role"] == "control-plane"
    assert configuration.workers == 1

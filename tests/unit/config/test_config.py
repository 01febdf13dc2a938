"""Settings: where they come from, which goes before which, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maidenhair.config.cluster import Settings, load_settings
from maidenhair.errors import ConfigurationError


def settings(
    tmp_path: Path, pyproject: str = "", explicit: Any = None, **environment: str
) -> Settings:
    file = tmp_path / "pyproject.toml"
    file.write_text(pyproject)
    return load_settings(explicit, environment, file)


def test_what_is_nearer_goes_before(tmp_path: Path) -> None:
    table = '[tool.maidenhair]\ncluster_name = "table"\nprofile = "api"\n'
    assert settings(tmp_path, table).cluster_name == "table"
    found = settings(tmp_path, table, {"profile": "node"}, MAIDENHAIR_CLUSTER_NAME="variable")
    assert (found.cluster_name, found.profile) == ("variable", "node")
    given = {"cluster_name": "given"}
    found = settings(tmp_path, table, given, MAIDENHAIR_CLUSTER_NAME="variable")
    assert (found.cluster_name, found.profile) == ("given", "api")


@pytest.mark.parametrize("nothing", [None, ""])
def test_what_is_not_given_does_not_count(tmp_path: Path, nothing: str | None) -> None:
    assert settings(tmp_path, explicit={"provider": nothing}) == Settings()


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("0", False)])
def test_a_text_that_is_given_is_read_as_in_the_environment(
    tmp_path: Path, text: str, value: bool
) -> None:
    assert settings(tmp_path, explicit={"keep_cluster": text}).keep_cluster is value
    assert settings(tmp_path, MAIDENHAIR_KEEP_CLUSTER=text).keep_cluster is value


def test_a_minor_version_stands_for_its_patch(tmp_path: Path) -> None:
    table = '[tool.maidenhair]\nkubernetes_version = "1.34"\n'
    assert settings(tmp_path, table).kubernetes_version == "1.34.4"
    for text in ("1.35", "1.35.4"):
        assert settings(tmp_path, table, KUBERNETES_VERSION=text).kubernetes_version == "1.35.4"


def test_a_number_of_nodes_is_read_wherever_it_is_given(tmp_path: Path) -> None:
    assert settings(tmp_path, "[tool.maidenhair]\nnodes = 2").nodes == 2
    assert settings(tmp_path, MAIDENHAIR_NODES="3").nodes == 3
    assert settings(tmp_path, explicit={"nodes": 4}, MAIDENHAIR_NODES="3").nodes == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"pyproject": "[tool.maidenhair]\nmoon = 3"}, r"no option 'moon'; allowed: provider"),
        ({"pyproject": "[tool.maidenhair]\nnodes = true"}, r"nodes=True: .* from 1 to 32"),
        ({"pyproject": "[tool"}, "not valid TOML"),
        ({"explicit": {"moon": "3"}}, "no option 'moon'"),
        ({"explicit": {"nodes": 0}}, "nodes=0: not understood; allowed: a number from 1 to 32"),
        ({"MAIDENHAIR_NODES": "many"}, "MAIDENHAIR_NODES=many: .* a number from 1 to 32"),
        ({"explicit": {"provider": "moon"}}, "provider: 'moon' is not allowed; allowed: embedded"),
        (
            {"KUBERNETES_VERSION": "1.33"},
            r"'1\.33' is not allowed; allowed: 1\.34\.4, 1\.35\.4, 1\.34",
        ),
        ({"KUBERNETES_VERSION": "1.34.3"}, r"KUBERNETES_VERSION: '1\.34\.3' is not allowed"),
        (
            {"pyproject": "[tool.maidenhair]\nkubernetes_version = 1.35"},
            r"kubernetes_version=1\.35: not understood; .* a text in quotes",
        ),
        ({"MAIDENHAIR_KEEP_CLUSTER": "perhaps"}, "MAIDENHAIR_KEEP_CLUSTER=perhaps"),
        ({"MAIDENHAIR_CONTEXT": "dev"}, "MAIDENHAIR_CONTEXT=dev names an existing cluster, which"),
        ({"OPERATOR": "upstream"}, "OPERATOR=upstream needs OPERATOR_MANIFESTS"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        settings(tmp_path, **arguments)


def test_a_variable_names_an_executable_to_use(tmp_path: Path) -> None:
    found = settings(tmp_path, MAIDENHAIR_TOOL_KUBE_PROXY="/opt/kube-proxy")
    assert found.tools == {"kube-proxy": Path("/opt/kube-proxy")}

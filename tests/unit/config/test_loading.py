"""Settings: their sources, the precedence of the sources, and invalid values."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from maidenhair.config import Settings, SystemSettings, active_systems, load_settings, setting
from maidenhair.config.cluster import KUBERNETES_VERSIONS
from maidenhair.errors import ConfigurationError


class GardenSettings(SystemSettings):
    """The settings of a system."""

    soil: str = setting("clay", "The soil.", choices=("clay", "sand"))
    pots: int = setting(1, "How many pots.", variable="GARDEN_POTS")


def settings(
    tmp_path: Path, pyproject: str = "", explicit: Any = None, **environment: str
) -> Settings:
    file = tmp_path / "pyproject.toml"
    file.write_text(pyproject)
    return load_settings(explicit, environment, file, {"garden": GardenSettings})


def test_nearer_sources_take_precedence(tmp_path: Path) -> None:
    table = '[tool.maidenhair]\ncluster_name = "table"\nprofile = "api"\n'
    assert settings(tmp_path, table).cluster_name == "table"
    found = settings(tmp_path, table, {"profile": "node"}, MAIDENHAIR_CLUSTER_NAME="variable")
    assert (found.cluster_name, found.profile) == ("variable", "node")
    explicit = {"cluster_name": "explicit"}
    found = settings(tmp_path, table, explicit, MAIDENHAIR_CLUSTER_NAME="variable")
    assert (found.cluster_name, found.profile) == ("explicit", "api")


def test_a_systems_settings_come_from_the_same_places_under_its_name(tmp_path: Path) -> None:
    table = '[tool.maidenhair.garden]\nsoil = "sand"\npots = 2\n'

    def garden(explicit: Any = None, **environment: str) -> GardenSettings:
        found = settings(tmp_path, table, explicit, **environment)
        return found.of("garden", GardenSettings)

    assert garden() == GardenSettings(soil="sand", pots=2)
    assert garden(MAIDENHAIR_GARDEN_SOIL="clay", GARDEN_POTS="3") == GardenSettings(pots=3)
    explicit = {"garden_soil": "sand", "garden_pots": "4"}
    assert garden(explicit, MAIDENHAIR_GARDEN_SOIL="clay").pots == 4


def test_a_system_that_was_not_loaded_has_its_defaults() -> None:
    assert Settings().of("garden", GardenSettings) == GardenSettings()
    other = Settings(system_settings={"garden": SystemSettings()})
    with pytest.raises(TypeError, match="settings of garden are SystemSettings, not Garden"):
        other.of("garden", GardenSettings)


def test_settings_reach_other_processes_whole(tmp_path: Path) -> None:
    found = settings(tmp_path, explicit={"garden_pots": 5, "systems": "garden", "nodes": 2})
    assert pickle.loads(pickle.dumps(found)) == found


def test_systems_are_active_where_they_are_named_alone(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    assert active_systems(environment={}, pyproject=file) == ()
    file.write_text('[tool.maidenhair]\nsystems = ["pond", "garden"]\nunknown = 3\n')
    variable = {"MAIDENHAIR_SYSTEMS": "garden, pond,garden"}
    assert active_systems(environment={}, pyproject=file) == ("pond", "garden")
    assert active_systems(environment=variable, pyproject=file) == ("garden", "pond")
    assert active_systems({"systems": "pond", "moon": 1}, variable, file) == ("pond",)
    assert active_systems(["pond"], variable, file) == ("pond",)
    file.write_text("[tool.maidenhair]\nsystems = 3\n")
    with pytest.raises(ConfigurationError, match=r"systems=3: invalid value; allowed: names"):
        active_systems(environment={}, pyproject=file)


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_empty_value_does_not_count(tmp_path: Path, nothing: str | None) -> None:
    found = settings(tmp_path, explicit={"provider": nothing})
    assert found == Settings(system_settings={"garden": GardenSettings()})


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("0", False)])
def test_a_text_is_read_as_in_the_environment(tmp_path: Path, text: str, value: bool) -> None:
    assert settings(tmp_path, explicit={"keep_cluster": text}).keep_cluster is value
    assert settings(tmp_path, MAIDENHAIR_KEEP_CLUSTER=text).keep_cluster is value
    table = f"[tool.maidenhair]\nkeep_cluster = {str(value).lower()}"
    assert settings(tmp_path, table).keep_cluster is value


def test_units_are_read_wherever_a_value_comes_from(tmp_path: Path) -> None:
    table = '[tool.maidenhair]\ndiagnostics_time = "1.5m"\ndiagnostics_size = 100\n'
    found = settings(tmp_path, table)
    assert (found.diagnostics_time, found.diagnostics_size) == (90, 100)
    found = settings(tmp_path, table, {"diagnostics_time": 2}, MAIDENHAIR_DIAGNOSTICS_SIZE="2KiB")
    assert (found.diagnostics_time, found.diagnostics_size) == (2, 2048)


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_a_minor_version_stands_for_its_patch(tmp_path: Path, version: str) -> None:
    minor = version.rpartition(".")[0]
    table = f'[tool.maidenhair]\nkubernetes_version = "{minor}"\n'
    assert settings(tmp_path, table).kubernetes_version == version
    for text in (minor, version):
        found = settings(tmp_path, MAIDENHAIR_KUBERNETES_VERSION=text)
        assert found.kubernetes_version == version


def test_feature_gates_are_read_in_one_order(tmp_path: Path) -> None:
    table = '[tool.maidenhair]\nfeature_gates = ["SomeFeature=true", "Another=false"]\n'
    expected = ("Another=false", "SomeFeature=true")
    assert settings(tmp_path, table).feature_gates == expected
    found = settings(tmp_path, MAIDENHAIR_FEATURE_GATES="SomeFeature=true, Another=false")
    assert found.feature_gates == expected


def test_a_number_of_nodes_is_read_wherever_it_is_set(tmp_path: Path) -> None:
    assert settings(tmp_path, "[tool.maidenhair]\nnodes = 2").nodes == 2
    assert settings(tmp_path, MAIDENHAIR_NODES="3").nodes == 3
    assert settings(tmp_path, explicit={"nodes": 4}, MAIDENHAIR_NODES="3").nodes == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pyproject": "[tool.maidenhair]\nnodes = true"}, r"nodes=True: .* from 1 to 32"),
        ({"pyproject": "[tool"}, "not valid TOML"),
        ({"pyproject": "[tool]\nmaidenhair = 3"}, "tool.maidenhair=3 is not a table"),
        ({"explicit": {"nodes": 0}}, "^--nodes=0: invalid value; allowed: a number from 1 to 32"),
        ({"MAIDENHAIR_NODES": "many"}, "MAIDENHAIR_NODES=many: .* a number from 1 to 32"),
        ({"explicit": {"provider": "moon"}}, "provider: 'moon' is not allowed; allowed: embedded"),
        (
            {"MAIDENHAIR_KUBERNETES_VERSION": "1.34.3"},
            r"VERSION: '1\.34\.3' is not allowed; allowed: 1\.34\.4, 1\.35\.4, ",
        ),
        (
            {"pyproject": "[tool.maidenhair]\nkubernetes_version = 1.35"},
            r"kubernetes_version=1\.35: invalid value; .* text in quotes",
        ),
        (
            {"MAIDENHAIR_FEATURE_GATES": "SomeFeature"},
            "MAIDENHAIR_FEATURE_GATES=SomeFeature: invalid value; .* for example SomeFeature=true",
        ),
        (
            {"MAIDENHAIR_FEATURE_GATES": "A=true", "MAIDENHAIR_PROVIDER": "existing"},
            "MAIDENHAIR_FEATURE_GATES is set, but the gates of an existing cluster cannot be changed",
        ),
        ({"MAIDENHAIR_KEEP_CLUSTER": "perhaps"}, "MAIDENHAIR_KEEP_CLUSTER=perhaps: .* yes, no"),
        ({"MAIDENHAIR_DIAGNOSTICS_SIZE": "big"}, "=big: invalid value; .* for example 16MiB"),
        ({"MAIDENHAIR_GARDEN_SOIL": "mud"}, "MAIDENHAIR_GARDEN_SOIL: 'mud' is not allowed"),
        (
            {"pyproject": '[tool.maidenhair.garden]\npots = "x"'},
            r"pyproject\.toml: \[tool\.maidenhair\.garden\] pots=x: invalid value",
        ),
        (
            {"MAIDENHAIR_NODES": "many", "explicit": {"profile": "x"}},
            r"(?s)profile: 'x'.*\n.*NODES=many",
        ),
        (
            {"MAIDENHAIR_CONTEXT": "dev"},
            "MAIDENHAIR_CONTEXT=dev names .* only MAIDENHAIR_PROVIDER=existing uses",
        ),
        (
            {"explicit": {"context": "dev"}, "MAIDENHAIR_PROVIDER": "kind"},
            "^--context=dev names .* only MAIDENHAIR_PROVIDER=existing uses",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(
    tmp_path: Path, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        settings(tmp_path, **arguments)


def test_a_variable_names_an_executable_to_use(tmp_path: Path) -> None:
    found = settings(tmp_path, MAIDENHAIR_TOOL_KUBE_PROXY="/opt/kube-proxy")
    assert found.tools == {"kube-proxy": Path("/opt/kube-proxy")}


def test_a_setting_that_is_named_as_another_is_refused() -> None:
    class Clash(SystemSettings):
        name: str = setting("x", "Clashes with cluster_name.")

    with pytest.raises(
        ConfigurationError, match=r"'cluster': setting 'name' has the name 'cluster_na"
    ):
        load_settings(environment={}, systems={"cluster": Clash})


def test_a_worker_which_gets_its_settings_imports_nothing_that_loads_them() -> None:
    code = (
        "import sys; from maidenhair.config import EngineSettings; "
        "print({'pydantic', 'pydantic_settings', 'maidenhair.config.cluster'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["{'pydantic'}"]

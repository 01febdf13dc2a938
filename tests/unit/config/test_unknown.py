"""Unknown settings: misspelt names, and old names of renamed settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maidenhair.config import Settings, SystemSettings, load_settings, userdata_settings
from maidenhair.config.renames import RENAMES
from maidenhair.errors import ConfigurationError
from maidenhair.systems.devices.settings import DevicesSettings
from maidenhair.systems.skytorch.settings import SkyTorchSettings

SYSTEMS: dict[str, type[SystemSettings]] = {
    "skytorch": SkyTorchSettings,
    "devices": DevicesSettings,
}


def settings(
    tmp_path: Path,
    pyproject: str = "",
    explicit: Any = None,
    systems: Any = SYSTEMS,
    **environment: str,
) -> Settings:
    file = tmp_path / "pyproject.toml"
    file.write_text(pyproject)
    return load_settings(explicit, environment, file, systems)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pyproject": "moon = 3"}, r"has no setting 'moon'; allowed: jobs, .*, provider, "),
        ({"pyproject": "node = 3"}, r"has no setting 'node'; did you mean nodes\?"),
        ({"pyproject": "[tool.maidenhair.skytroch]"}, r"no such system; did you mean skytorch\?"),
        ({"pyproject": "skytorch = 3"}, r"\[tool\.maidenhair\] skytorch=3 is not a table"),
        (
            {"pyproject": "[tool.maidenhair.devices]\nhami_imag = 3"},
            r"\[tool\.maidenhair\.devices\] has no setting 'hami_imag'; did you mean hami_image\?",
        ),
        ({"explicit": {"moon": "3"}}, "there is no setting 'moon'; allowed: systems"),
        ({"explicit": {"jobs": "3"}}, "there is no setting 'jobs'; allowed: systems"),
        ({"explicit": {"devices_hami_imag": "3"}}, r"did you mean devices_hami_image\?"),
        ({"MAIDENHAIR_NODE": "3"}, r"MAIDENHAIR_NODE: .* did you mean MAIDENHAIR_NODES\?"),
        ({"MAIDENHAIR_DEVICES_HAMI_IMAG": "x"}, r"did you mean MAIDENHAIR_DEVICES_HAMI_IMAGE\?"),
    ],
)
def test_a_misspelt_name_is_reported_with_the_right_name(
    tmp_path: Path, arguments: dict[str, Any], message: str
) -> None:
    if "pyproject" in arguments:
        arguments["pyproject"] = f"[tool.maidenhair]\n{arguments['pyproject']}"
    with pytest.raises(ConfigurationError, match=message):
        settings(tmp_path, **arguments)


def test_names_that_are_others_pass(tmp_path: Path) -> None:
    table = "[tool.maidenhair.pond]\nfish = 3\n[tool.maidenhair.system.lake]\nimages = []\n"
    found = settings(
        tmp_path, table, MAIDENHAIR_CACHE_DIR="/x", NODES="9", MAIDENHAIR_ORDER="random"
    )
    assert found.nodes == 1


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("KUBERNETES_VERSION", "1.35", "MAIDENHAIR_KUBERNETES_VERSION"),
        ("OPERATOR", "upstream", "MAIDENHAIR_SKYTORCH_OPERATOR"),
        ("OPERATOR_IMAGE", "x", "MAIDENHAIR_SKYTORCH_OPERATOR_IMAGE"),
        ("OPERATOR_MANIFESTS", "x", "MAIDENHAIR_SKYTORCH_OPERATOR_MANIFESTS"),
        ("HAMI_IMAGE", "x", "MAIDENHAIR_DEVICES_HAMI_IMAGE"),
        ("HAMI_CHART", "x", "MAIDENHAIR_DEVICES_HAMI_CHART"),
    ],
)
def test_an_old_variable_fails_with_the_new_one(
    tmp_path: Path, old: str, value: str, new: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"{old}={value}: .* renamed: set {new}"):
        settings(tmp_path, **{old: value})
    # Both of HAMi's, because one without the other is refused.
    known = {new: value, "MAIDENHAIR_DEVICES_HAMI_IMAGE": "x", "MAIDENHAIR_DEVICES_HAMI_CHART": "x"}
    settings(tmp_path, **{"MAIDENHAIR_SKYTORCH_OPERATOR_MANIFESTS": "x", **known, old: value})


def test_an_old_variable_is_left_alone_if_the_command_line_has_the_new_one(tmp_path: Path) -> None:
    explicit = {"kubernetes_version": "1.34"}
    found = settings(tmp_path, explicit=explicit, KUBERNETES_VERSION="1.35")
    assert found.kubernetes_version == "1.34.4"


@pytest.mark.parametrize(
    ("systems", "environment"),
    [
        (SYSTEMS, {"OPERATOR": "prometheus"}),
        (SYSTEMS, {"KUBERNETES_VERSION": "v1.29"}),
        (SYSTEMS, {"HAMI_IMAGE": ""}),
        ({}, {"OPERATOR": "upstream", "OPERATOR_IMAGE": "x", "HAMI_IMAGE": "x"}),
    ],
)
def test_an_old_variable_that_cannot_be_meant_for_us_is_left_alone(
    tmp_path: Path, systems: Any, environment: dict[str, str]
) -> None:
    found = settings(tmp_path, systems=systems, **environment)
    assert found.kubernetes_version == Settings().kubernetes_version


def test_an_old_key_of_pyproject_fails_with_the_new_one_whatever_is_active(tmp_path: Path) -> None:
    for rename in RENAMES:
        if rename.key:
            with pytest.raises(ConfigurationError) as caught:
                settings(tmp_path, f'[tool.maidenhair]\n{rename.key} = "x"', systems={})
            new = rf"[tool.maidenhair.{rename.system}] {rename.field}"
            assert f"no setting {rename.key!r}; it was renamed to {new}" in str(caught.value)


def test_an_old_explicit_name_fails_with_the_new_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'hami_image'; it was renamed to devices_hami_im"):
        settings(tmp_path, explicit={"hami_image": "x"})


def test_userdata_gives_settings_and_leaves_the_suites_own() -> None:
    userdata = {"nodes": "2", "skytorch_operator": "upstream", "mine": "3", "maidenhair.jobs": "2"}
    found = userdata_settings(userdata, SYSTEMS)
    assert found == {"nodes": 2, "skytorch_operator": "upstream"}
    assert userdata_settings(userdata, {}) == {"nodes": 2}


@pytest.mark.parametrize(
    ("userdata", "message"),
    [
        ({"nodes": "99"}, "-D nodes=99: invalid value; allowed: a number from 1 to 32"),
        ({"operator": "upstream"}, "-D operator=upstream: .* renamed: set -D skytorch_operator"),
        ({"hami_image": "x"}, "-D hami_image=x: .* renamed: set -D devices_hami_image"),
    ],
)
def test_a_fault_in_userdata_is_named(userdata: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        userdata_settings(userdata, SYSTEMS)


def test_userdata_that_cannot_be_meant_for_us_is_left_alone() -> None:
    assert userdata_settings({"operator": "prometheus"}, SYSTEMS) == {}
    assert userdata_settings({"operator": "upstream", "hami_image": "x"}, {}) == {}
    both = {"operator": "upstream", "skytorch_operator": "stand-in"}
    assert userdata_settings(both, SYSTEMS) == {"skytorch_operator": "stand-in"}


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (
            {"MAIDENHAIR_SKYTORCH_OPERATOR": "upstream"},
            "OPERATOR=upstream needs MAIDENHAIR_SKYTORCH_OPERATOR_MANIFESTS, a kustomize",
        ),
        (
            {"MAIDENHAIR_DEVICES_HAMI_IMAGE": "x"},
            "HAMI_IMAGE needs MAIDENHAIR_DEVICES_HAMI_CHART, HAMi's helm chart; set both, or neither",
        ),
        (
            {"MAIDENHAIR_DEVICES_HAMI_CHART": "x"},
            "HAMI_CHART needs MAIDENHAIR_DEVICES_HAMI_IMAGE, the name",
        ),
    ],
)
def test_settings_of_a_system_that_do_not_go_together_are_refused(
    tmp_path: Path, environment: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        settings(tmp_path, **environment)


def test_upstreams_variable_of_the_server_image_stays(tmp_path: Path) -> None:
    found = settings(tmp_path, SKYTORCH_TEST_IMAGE="server:1").of("skytorch", SkyTorchSettings)
    assert found.test_image == "server:1"

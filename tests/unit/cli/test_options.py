"""The flags of commands on a cluster: the settings of the cluster and of the active systems."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from maidenhair.cli.main import cli
from maidenhair.cli.options import (
    TAKES_SETTINGS,
    SettingsCommand,
    SettingsGroup,
    cluster_options,
    named_systems,
)
from maidenhair.config import Settings
from maidenhair.config.cluster import ClusterSettings
from maidenhair.errors import ConfigurationError
from maidenhair.systems.devices.settings import DevicesSettings
from tests.project import subcommands


@click.group(cls=SettingsGroup)
def probe() -> None:
    """Stand in for `maidenhair`."""


@probe.command()
@cluster_options
def settings_of_call(settings: Settings) -> None:
    """Return the settings."""
    return settings  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to a folder without settings, and remove those of the environment."""
    monkeypatch.chdir(tmp_path)
    for variable in ("MAIDENHAIR_SYSTEMS", "MAIDENHAIR_NODES"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def call(*arguments: str, **environment: str) -> Any:
    """Return the settings of a call, or its output if it ends with an error."""
    command = ["settings-of-call", *arguments]
    result = CliRunner().invoke(probe, command, env=environment, standalone_mode=False)
    if result.exception is not None and not isinstance(result.exception, click.ClickException):
        raise result.exception
    return result.exception.format_message() if result.exception else result.return_value


def commands(group: click.Group) -> Iterator[click.Command]:
    for command in subcommands(group).values():
        yield from commands(command) if isinstance(command, click.Group) else [command]


def test_every_command_that_takes_settings_has_their_flags() -> None:
    takes = [each for each in commands(cli) if getattr(each.callback, TAKES_SETTINGS, False)]
    assert len(takes) > 10
    assert [each.name for each in takes if not isinstance(each, SettingsCommand)] == []


@pytest.mark.parametrize("command", [["cluster", "up"], ["setup"], ["doctor"], ["sweep"]])
def test_the_help_shows_each_setting_of_the_cluster(command: list[str]) -> None:
    shown = CliRunner().invoke(cli, [*command, "--help"]).output
    for name in ClusterSettings.model_fields:
        assert f"--{name.replace('_', '-')}" in shown
    assert "--name" in shown
    assert "--devices-hami-image" not in shown


def test_flags_go_before_variables() -> None:
    found = call("--name", "mine", "--nodes", "3", "--no-downloads", MAIDENHAIR_NODES="2")
    assert (found.cluster_name, found.nodes, found.downloads) == ("mine", 3, False)
    assert call("--cluster-name", "other", MAIDENHAIR_NODES="2").nodes == 2
    assert call(MAIDENHAIR_NODES="2").downloads is True


def test_a_wrong_value_is_named_with_its_flag() -> None:
    assert call("--nodes", "99") == "--nodes=99: invalid value; allowed: a number from 1 to 32"
    assert "--provider: 'moon' is not allowed; allowed: embedded" in call("--provider", "moon")


@pytest.mark.parametrize("named", [{"MAIDENHAIR_SYSTEMS": "devices"}, {}])
def test_an_active_system_has_flags(elsewhere: Path, named: dict[str, str]) -> None:
    if not named:
        table = '[tool.maidenhair]\nsystems = ["devices"]\n'
        (elsewhere / "pyproject.toml").write_text(table)
    flags = ("--devices-hami-image", "i", "--devices-hami-chart", "c")
    found = call(*flags, **named)
    assert found.systems == ("devices",)
    assert found.of("devices", DevicesSettings) == DevicesSettings(hami_image="i", hami_chart="c")


def test_a_system_that_the_call_itself_names_has_flags() -> None:
    assert "No such option" in call("--devices-hami-image", "i")
    flags = ("--devices-hami-image", "i", "--devices-hami-chart", "c")
    found = call(*flags, "--systems", "devices")
    assert found.of("devices", DevicesSettings).hami_image == "i"
    with pytest.raises(ConfigurationError, match="no system 'moon'"):
        call("--systems=moon")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["features"], None),
        (["--systems", "a,b", "features"], "a,b"),
        (["-Dsystems=a"], "a"),
        (["-D", "systems=a", "--systems=b"], "b"),
        (["--systems", "b", "--define", "systems=a", "-D", "mine"], "a"),
        (["-D", "maidenhair.systems=a", "--systems"], None),
    ],
)
def test_the_systems_that_a_command_line_names(arguments: list[str], names: str | None) -> None:
    assert named_systems(arguments).get("systems") == names

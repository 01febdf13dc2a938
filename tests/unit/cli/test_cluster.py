"""`maidenhair cluster`: calls that are refused before anything is created, and the answers to old names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from maidenhair.cli.main import cli
from maidenhair.errors import ConfigurationError


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command of the group without clusters and without a project that activates systems."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("MAIDENHAIR_", "KUBE")):
            monkeypatch.delenv(name)
    for folder in ("CACHE", "STATE"):
        monkeypatch.setenv(f"MAIDENHAIR_{folder}_DIR", str(tmp_path / folder.lower()))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["cluster", *arguments])

    return run


def test_the_old_name_of_deploy_is_answered_with_the_new_one(
    cluster: Callable[..., Result],
) -> None:
    refused = cluster("up", "--stack", "--provider=embedded")

    assert isinstance(refused.exception, ConfigurationError)
    assert str(refused.exception) == (
        "--stack was renamed: use --deploy, which deploys all active systems"
    )
    assert "--stack" not in cluster("up", "--help").output
    assert "--deploy" in cluster("up", "--help").output


@pytest.mark.parametrize("command", [["deploy"], ["undeploy"], ["up", "--deploy"]])
def test_nothing_is_deployed_on_or_removed_from_a_cluster_that_is_not_ours(
    cluster: Callable[..., Result], command: list[str]
) -> None:
    refused = cluster(*command, "--provider=existing", "--context=theirs")

    assert isinstance(refused.exception, ConfigurationError)
    assert (
        "no system can be deployed on or removed from a cluster of the provider 'existing'"
        in str(refused.exception)
    )


def test_systems_are_removed_from_a_cluster_that_runs(cluster: Callable[..., Result]) -> None:
    refused = cluster("undeploy", "--provider=embedded", "--name=absent")

    assert refused.exit_code == 1
    assert "there is no cluster 'absent'; `maidenhair cluster up` starts one" in refused.output


def test_a_system_that_is_not_known_is_refused(cluster: Callable[..., Result]) -> None:
    refused = cluster("up", "--provider=embedded", "--systems=widgets")

    assert "there is no system 'widgets'" in f"{refused.exception} {refused.output}"


def test_the_old_name_of_retained_is_answered_with_the_new_one() -> None:
    refused = CliRunner().invoke(cli, ["sweep", "--kept", "--provider=embedded"])

    assert isinstance(refused.exception, ConfigurationError)
    assert str(refused.exception).startswith("--kept was renamed: use --retained")

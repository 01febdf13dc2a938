"""The choice of the container engine, and of the provider if the settings name none."""

from __future__ import annotations

from pathlib import Path

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.kind import container_engine as engines
from maidenhair.clusters.kind.container_engine import Engine, find_engine, require_engine
from maidenhair.clusters.registry import choose_provider
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError, ConfigurationError
from tests.fakes.engine import FakeDocker, write_program


def test_without_docker_and_podman_there_is_no_engine() -> None:
    assert find_engine() is None
    with pytest.raises(ClusterError, match=r"(?s)docker: it is not on PATH.*podman: it is not"):
        require_engine()


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (
            "echo Cannot connect to the Docker daemon >&2; exit 1",
            "Cannot connect to the Docker daemon",
        ),
        ("exit 0", "it printed no version"),
        ("exec sleep 60", "it did not end within 0.2 s"),
    ],
)
def test_an_engine_that_does_not_answer_is_not_taken(
    script: str, problem: str, bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{bin_folder}:/usr/bin:/bin")
    monkeypatch.setattr(engines, "ANSWER_SECONDS", 0.2)
    for name in engines.VERSIONS:
        write_program(bin_folder / name, script)
    assert find_engine() is None
    with pytest.raises(ClusterError, match=problem):
        require_engine()


def test_docker_comes_before_podman_unless_kinds_variable_names_one(
    docker: FakeDocker, bin_folder: Path
) -> None:
    write_program(bin_folder / "podman", "echo 5.0.0")
    assert find_engine({}) == Engine("docker")
    assert find_engine({engines.VARIABLE: "podman"}) == Engine("podman")
    with pytest.raises(
        ConfigurationError, match=r"KIND_EXPERIMENTAL_PROVIDER=nerdctl: .*use docker or podman"
    ):
        find_engine({engines.VARIABLE: "nerdctl"})


def test_the_provider_is_kind_where_an_engine_answers(
    docker: FakeDocker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert choose_provider(Settings(), Progress()).provider == "kind"
    assert capsys.readouterr().err.splitlines() == [
        "Provider kind: docker is running (set MAIDENHAIR_PROVIDER to use another)"
    ]


def test_the_provider_is_embedded_if_no_engine_answers() -> None:
    assert choose_provider(Settings(), Progress()).provider == "embedded"


def test_the_provider_is_embedded_for_the_control_plane_alone(docker: FakeDocker) -> None:
    assert choose_provider(Settings(profile="api"), Progress()).provider == "embedded"


@pytest.mark.parametrize(("folder", "name"), [("clusters", "embedded"), ("kind", "kind")])
def test_the_provider_that_has_a_cluster_of_that_name_is_used(
    folder: str, name: str, docker: FakeDocker, tmp_path: Path
) -> None:
    (tmp_path / "state" / folder / "there").mkdir(parents=True)
    assert choose_provider(Settings(cluster_name="there"), Progress()).provider == name


def test_a_provider_that_the_settings_name_is_not_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = Settings(provider="kind")
    assert choose_provider(settings, Progress()) is settings
    assert capsys.readouterr().err == ""

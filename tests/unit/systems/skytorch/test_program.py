"""Programs that run in a process of their own, and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from maidenhair.errors import WaitTimedOut
from maidenhair.systems.skytorch.sdk import run_program as program
from maidenhair.systems.skytorch.sdk.run_program import run_program, source_of


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Give a dict of programs to fill, which takes the place of those of the package."""
    texts: dict[str, str] = {}
    monkeypatch.setattr(program, "source_of", texts.__getitem__)
    return texts


def test_its_status_and_all_that_it_prints_are_told(programs: dict[str, str]) -> None:
    programs["greet"] = "import sys; print('hello', sys.argv[1]); raise SystemExit('good-bye')"

    ended = run_program("greet", ["world"])

    assert ended.program == "greet"
    assert ended.status == 1
    assert sorted(ended.output.splitlines()) == ["good-bye", "hello world"]


def test_it_finds_no_cluster_but_the_one_that_it_is_given(
    programs: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    programs["look"] = (
        "import os, pathlib\n"
        "print(os.environ.get('KUBECONFIG'), os.environ.get('KUBERNETES_SERVICE_HOST'))\n"
        "print(sorted(pathlib.Path.home().iterdir()))\n"
    )
    monkeypatch.setenv("KUBECONFIG", "/somebody/else's")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")

    given = tmp_path / "kubeconfig"
    assert run_program("look").output.splitlines() == ["None None", "[]"]
    assert run_program("look", kubeconfig=given).output.splitlines() == [f"{given} None", "[]"]


def test_one_that_does_not_end_is_ended_and_what_it_said_is_told(
    programs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs["idle"] = "import signal; print('here', flush=True); signal.pause()"
    monkeypatch.setattr(program, "PROGRAM_SECONDS", 3.0)

    with pytest.raises(WaitTimedOut, match="program idle did not end within 3 s; it said:\nhere"):
        run_program("idle")


def test_the_programs_of_the_package_are_there() -> None:
    assert "skytorch.client" in source_of("make")

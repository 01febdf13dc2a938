"""Programs that run in a process of their own, and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from maidenhair.errors import ConfigurationError, WaitTimedOut
from maidenhair.systems.skytorch.sdk import run_program as program
from maidenhair.systems.skytorch.sdk.program_text import program_text
from maidenhair.systems.skytorch.sdk.run_program import run_program, source_of


def test_its_status_and_all_that_it_prints_are_reported() -> None:
    ended = run_program("print('hello'); raise SystemExit('good-bye')")

    assert ended.status == 1
    assert sorted(ended.output.splitlines()) == ["good-bye", "hello"]


def test_it_finds_no_cluster_but_that_of_its_kubeconfig(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    look = (
        "import os, pathlib\n"
        "print(os.environ.get('KUBECONFIG'), os.environ.get('KUBERNETES_SERVICE_HOST'))\n"
        "print(sorted(pathlib.Path.home().iterdir()))\n"
    )
    monkeypatch.setenv("KUBECONFIG", "/somebody/else's")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")

    own = tmp_path / "kubeconfig"
    assert run_program(look).output.splitlines() == ["None None", "[]"]
    assert run_program(look, own).output.splitlines() == [f"{own} None", "[]"]


def test_one_that_does_not_end_is_ended_and_its_output_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    idle = "import signal; print('here', flush=True); signal.pause()"
    monkeypatch.setattr(program, "PROGRAM_SECONDS", 3.0)

    with pytest.raises(WaitTimedOut, match="program did not end within 3 s; its output:\nhere"):
        run_program(idle)


def test_the_program_of_the_package_is_there() -> None:
    assert "Health" in source_of("serve_health")


def test_acts_become_lines_of_a_program_in_their_order() -> None:
    acts = [
        'creates Compute "trainer"',
        "initialises the SDK for the namespace of this scenario",
        "prints the namespace of its Computes",
        'prints "done"',
    ]

    assert program_text(acts, "lab", Path).splitlines() == [
        "from skytorch.client import Compute, default_namespace, init",
        "Compute('trainer', suspend=True)",
        "init(namespace='lab')",
        "print('namespace:', default_namespace())",
        "print('done')",
    ]


def test_a_configuration_of_its_own_is_in_a_file_that_only_then_is_written() -> None:
    written: list[Path] = []

    def kubeconfig() -> Path:
        written.append(Path("/tmp/own"))
        return written[-1]

    program_text(["initialises the SDK"], "lab", kubeconfig)
    assert written == []
    text = program_text(["initialises the SDK with a configuration of its own"], "lab", kubeconfig)
    assert "load_kube_config('/tmp/own', client_configuration=configuration)" in text
    compile(text, "program", "exec")


def test_an_unknown_act_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(
        ConfigurationError, match=r"no act 'sings'; choose one of: initialises the SDK;"
    ):
        program_text(["sings"], "lab", Path)


@pytest.mark.parametrize(
    "act",
    [
        'runs a function with the decorator of Compute "trainer"',
        'runs a function with the decorator of Compute "trainer", which stays',
        'prints the conditions of Compute "trainer" while it uses it',
        'logs the events of Compute "trainer" while it uses it',
    ],
)
def test_programs_that_use_computes_give_them_options(act: str) -> None:
    text = program_text([act], "lab", Path, {"image": "server:1", "command": ["python"]})
    assert "'trainer', image='server:1', command=['python']" in text
    assert ("keep_alive=True" in text) == act.endswith("stays")
    compile(text, "program", "exec")

"""Collecting the coverage of a Go program from its pods."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hamcrest import assert_that, contains_string, equal_to, has_length

from maidenhair._util.progress import Progress
from maidenhair.clusters.images import go_coverage as go_coverage_files
from maidenhair.errors import ApiUnreachable
from maidenhair.kube import Kube
from maidenhair.kube.transport import Request, Transport
from maidenhair.systems import go_coverage
from maidenhair.systems.go_coverage import CoveredProgram, covering
from tests.unit.systems.fakes import CLUSTER

IMAGE = "maidenhair.dev/widgets:1"
PROGRAM = CoveredProgram("widgets", IMAGE, Path("/src/widgets"), "widgets-system")


META = bytes(range(40))


def files_of(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def pod(uid: str, image: str = IMAGE, state: str = "running") -> dict[str, Any]:
    status = {"name": "main", "restartCount": 0, "state": {state: {}}}
    return {
        "metadata": {"name": f"pod-{uid}", "uid": uid},
        "spec": {"containers": [{"name": "main", "image": image}]},
        "status": {"containerStatuses": [status]},
    }


class FakeTransport:
    """Answers with counters, or not at all if the pod is unreachable."""

    def __init__(self, unreachable: str = "") -> None:
        self.unreachable = unreachable

    def send_for_bytes(self, request: Request) -> bytes:
        if self.unreachable and self.unreachable in request.path:
            raise ApiUnreachable("no answer")
        return META if request.path.endswith("/meta") else b"counters"

    def close(self) -> None:
        pass


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    fake = FakeTransport()
    monkeypatch.setattr(Transport, "from_kubeconfig", lambda path, context: (fake, "default"))
    return fake


def observe(pods: list[dict[str, Any]], reports: Path) -> None:
    kube = cast(Kube, SimpleNamespace(list=lambda *_: pods))
    with covering(PROGRAM, kube, CLUSTER, Progress(), reports):
        pass


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Write no reports, and return the folders with the counters."""
    folders: list[Path] = []

    def write_reports(folder: Path, sources: Path, counters: Path, before: Path) -> str:
        folders.extend([counters, before])
        return "71.3"

    monkeypatch.setattr(go_coverage, "write_reports", write_reports)
    return folders


def test_each_running_process_of_the_image_is_reported(
    transport: FakeTransport,
    written: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    observe([pod("a"), pod("b", image="other:1"), pod("c", state="terminated"), pod("d")], tmp_path)
    digest = META[go_coverage_files.HASH].hex()
    names = [f"covcounters.{digest}.0.1", f"covcounters.{digest}.1.1", f"covmeta.{digest}"]
    assert_that([files_of(folder) for folder in written], equal_to([names, names]))
    printed = capsys.readouterr().err
    assert_that(printed, contains_string("coverage of widgets: 71.3 % of its statements ran; "))


def test_an_interrupted_run_leaves_the_counters(transport: FakeTransport, tmp_path: Path) -> None:
    kube = cast(Kube, SimpleNamespace(list=lambda *_: [pod("a")]))
    with covering(PROGRAM, kube, CLUSTER, Progress(), tmp_path):
        [run] = (tmp_path / "widgets").iterdir()
        assert_that(files_of(run / "counters"), has_length(2))


def test_a_later_run_does_not_add_to_the_reports_of_an_earlier_one(
    transport: FakeTransport,
    written: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for process in (1, 2):
        monkeypatch.setattr(os, "getpid", lambda process=process: process)
        observe([pod("a")], tmp_path)
    assert_that(set(written), has_length(4))


def test_a_program_that_did_not_answer_is_named(
    transport: FakeTransport, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    transport.unreachable = "pod-a"
    observe([pod("a")], tmp_path)
    expected = f"coverage of widgets: no pod of image {IMAGE} answered on port 9870"
    assert_that(capsys.readouterr().err, contains_string(expected))

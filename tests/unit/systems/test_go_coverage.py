"""Collecting the coverage of a Go program from its pods."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hamcrest import assert_that, contains_string, equal_to

from maidenhair._util.progress import Progress
from maidenhair.clusters.images.go_coverage import Counted
from maidenhair.errors import ApiUnreachable
from maidenhair.kube import Kube
from maidenhair.kube.transport import Request, Transport
from maidenhair.systems import go_coverage
from maidenhair.systems.go_coverage import CoveredProgram, covering
from tests.unit.systems.fakes import CLUSTER

IMAGE = "maidenhair.dev/widgets:1"
PROGRAM = CoveredProgram("widgets", IMAGE, Path("/src/widgets"), "widgets-system")


def pod(uid: str, image: str = IMAGE, state: str = "running") -> dict[str, Any]:
    status = {"name": "main", "restartCount": 0, "state": {state: {}}}
    return {
        "metadata": {"name": f"pod-{uid}", "uid": uid},
        "spec": {"containers": [{"name": "main", "image": image}]},
        "status": {"containerStatuses": [status]},
    }


class FakeTransport:
    """Answers with the path of each request, or not at all if the pod is unreachable."""

    def __init__(self, unreachable: str = "") -> None:
        self.unreachable = unreachable

    def send_for_bytes(self, request: Request) -> bytes:
        if self.unreachable and self.unreachable in request.path:
            raise ApiUnreachable("no answer")
        return request.path.rpartition("/proxy/")[2].encode()

    def close(self) -> None:
        pass


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    fake = FakeTransport()
    monkeypatch.setattr(Transport, "from_kubeconfig", lambda path, context: (fake, "default"))
    return fake


def observe(pods: list[dict[str, Any]]) -> None:
    kube = cast(Kube, SimpleNamespace(list=lambda *_: pods))
    with covering(PROGRAM, kube, CLUSTER, Progress()):
        pass


def test_each_running_process_of_the_image_is_reported(
    transport: FakeTransport, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reported = []

    def write_reports(folder: Path, sources: Path, processes: Any) -> str:
        reported.append((folder, sources, list(processes)))
        return "71.3"

    monkeypatch.setattr(go_coverage, "write_reports", write_reports)
    observe([pod("a"), pod("b", image="other:1"), pod("c", state="terminated")])
    counted = [Counted(b"meta", b"counters")]
    folder = Path("artifacts", "go-coverage", "widgets")
    assert_that(reported, equal_to([(folder, PROGRAM.sources, counted)]))
    printed = capsys.readouterr().err
    assert_that(printed, contains_string("coverage of widgets: 71.3 % of its statements ran; "))


def test_a_program_that_did_not_answer_is_named(
    transport: FakeTransport, capsys: pytest.CaptureFixture[str]
) -> None:
    transport.unreachable = "pod-a"
    observe([pod("a")])
    expected = f"coverage of widgets: no pod of image {IMAGE} answered on port 9870"
    assert_that(capsys.readouterr().err, contains_string(expected))

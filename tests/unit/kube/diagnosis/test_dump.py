"""Diagnostics of a namespace: every kind that has objects, and a guard around each part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maidenhair.errors import LimitExceeded
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.dump import collect
from tests.unit.kube.diagnosis.objects import api, failed_pod, made, owned_by, widget
from tests.unit.memory_api import MemoryTransport

COLOURS: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "colours"}}


def test_kinds_that_are_not_served_are_no_trouble(tmp_path: Path) -> None:
    kube = Kube(MemoryTransport())  # type: ignore[arg-type]
    kube.apply(COLOURS)
    found = collect(kube, "default", tmp_path)
    assert "not available" not in found.summary
    assert "name: colours" in (tmp_path / "objects.yaml").read_text()


OPERATOR: Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "operator-1", "namespace": "system"},
    "spec": {"containers": [{"name": "manager", "image": "operator:1"}]},
    "status": {"containerStatuses": [{"name": "manager", "state": {"running": {}}}]},
}


def test_the_lines_of_logs_that_mention_a_namespace_have_their_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kube = Kube(MemoryTransport())  # type: ignore[arg-type]
    kube.apply(OPERATOR)
    log = "started\nlab-1f3/trainer: refused\nother/trainer: refused"
    monkeypatch.setattr(Kube, "pod_logs", lambda *place, **limits: log)

    found = collect(kube, "system", tmp_path, mentioned=["lab-1f3"])
    line = "operator-1/manager: lab-1f3/trainer: refused"
    assert (tmp_path / "mentions.log").read_text() == f"{line}\n"
    assert f"log of {line}" in found.summary
    assert (tmp_path / "operator-1.manager.log").read_text() == log


def test_without_a_mention_there_is_no_such_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kube = Kube(MemoryTransport())  # type: ignore[arg-type]
    kube.apply(OPERATOR)
    monkeypatch.setattr(Kube, "pod_logs", lambda *place, **limits: "started")

    collect(kube, "system", tmp_path, mentioned=["lab-1f3"])
    assert not (tmp_path / "mentions.log").exists()


def test_every_kind_with_objects_is_described_custom_resources_first(tmp_path: Path) -> None:
    role = made("rbac.authorization.k8s.io/v1", "Role", "r")
    collect(api(role, failed_pod(), widget()), "n", tmp_path)
    described = (tmp_path / "describe.txt").read_text()
    places = [described.index(name) for name in ("Widget n/w", "Pod n/p", "Role n/r")]
    assert places == sorted(places)


def test_kinds_that_the_account_may_not_list_are_one_line(tmp_path: Path) -> None:
    kube = api(widget(), made("v1", "Role", "r"), failed_pod(), forbidden=("Role", "Secret"))
    summary = collect(kube, "n", tmp_path).summary
    assert "not available: kinds that this account may not list: Secret, Role" in summary
    assert summary.count("not available") == 1


def test_each_object_with_a_problem_is_explained_once(tmp_path: Path) -> None:
    top = widget(status={"phase": "Failed", "message": "no belt"})
    job = made("batch/v1", "Job", "j", metadata=owned_by(top))
    pod = failed_pod(metadata=owned_by(job))
    other = widget("other", status={"conditions": [{"type": "Stalled", "status": "True"}]})
    service = made("v1", "Service", "s", spec={"selector": {"app": "x"}})
    lines = collect(api(top, job, pod, other, service), "n", tmp_path).summary.splitlines()
    causes = [
        "  Widget n/w is Failed: no belt; container c of Pod n/p ended with exit code 3",
        "  Widget n/other reports Stalled",
    ]
    assert lines[1] == causes[0]
    assert causes[1] in lines
    assert not [line for line in lines if "no pod has the labels" in line]


def test_a_service_is_explained_if_nothing_else_is_wrong(tmp_path: Path) -> None:
    service = made("v1", "Service", "s", spec={"selector": {"app": "x"}})
    summary = collect(api(service), "n", tmp_path).summary
    assert "no pod has the labels that Service n/s selects: app=x" in summary


def broken() -> str:
    raise ZeroDivisionError("no")


def test_a_part_that_fails_leaves_the_others(tmp_path: Path) -> None:
    odd = widget(status={"phase": "Failed"})
    odd["metadata"]["labels"] = {1: object()}
    notes = {"waits": broken, "calls": lambda: "three calls"}
    found = collect(api(odd, failed_pod(), logs={"p": "the end"}), "n", tmp_path, notes=notes)
    assert "not available: waits.txt: ZeroDivisionError: no" in found.summary
    assert "not available: objects.yaml: RepresenterError" in found.summary
    assert "Widget n/w is Failed" in found.summary
    assert (tmp_path / "calls.txt").read_text() == "three calls"
    assert (tmp_path / "p.c.log").read_text() == "the end"


def test_a_folder_that_cannot_be_written_leaves_the_causes(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = collect(api(failed_pod()), "n", tmp_path / "file" / "folder")
    assert "container c of Pod n/p ended with exit code 3" in found.summary
    assert "not available: the folder: NotADirectoryError" in found.summary
    assert found.files == ()


def test_the_limit_of_a_hook_still_holds(tmp_path: Path) -> None:
    def late() -> Any:
        raise LimitExceeded("the hook took too long")

    with pytest.raises(LimitExceeded):
        collect(api(), "n", tmp_path, notes={"waits": late})


def test_without_redaction_no_text_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> Any:
        raise ValueError("no redaction")

    monkeypatch.setattr("maidenhair.kube.diagnosis.dump.Redactor", fail)
    found = collect(api(failed_pod()), "n", tmp_path)
    assert found.files == ()
    assert found.summary.endswith("not available: secrets could not be redacted")

"""Diagnostics of a namespace on a cluster that serves few kinds."""

from __future__ import annotations

from pathlib import Path

import pytest

from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.dump import collect
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

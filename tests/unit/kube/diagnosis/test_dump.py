"""Diagnostics of a namespace on a cluster that serves few kinds."""

from __future__ import annotations

from pathlib import Path

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

"""Tables that kubectl prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from maidenhair.errors import KubernetesError
from maidenhair.kube.kubectl import Kubectl, parse_text_table

TABLE = """\
NAME      STATE       AGE
left                  3s
trainer   Suspended   2m
"""


def test_cells_are_read_by_the_columns_of_the_titles() -> None:
    assert parse_text_table(TABLE) == [
        {"NAME": "left", "STATE": "", "AGE": "3s"},
        {"NAME": "trainer", "STATE": "Suspended", "AGE": "2m"},
    ]


def test_empty_output_is_a_table_without_rows() -> None:
    assert parse_text_table("") == []
    assert parse_text_table("NAME   AGE\n") == []


def test_a_failure_includes_the_output_of_kubectl(tmp_path: Path) -> None:
    command = tmp_path / "kubectl"
    command.write_text("#!/bin/sh\necho no such thing >&2\nexit 1\n")
    command.chmod(0o755)

    with pytest.raises(KubernetesError, match="kubectl get tea failed: no such thing"):
        Kubectl(command, tmp_path / "kubeconfig", tmp_path).run("get", "tea")

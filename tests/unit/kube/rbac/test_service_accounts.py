"""Kubeconfigs that are copied from others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from maidenhair.errors import ConfigurationError
from maidenhair.kube.rbac.service_accounts import write_kubeconfig
from tests.conftest import unavailable

OTHER = """
apiVersion: v1
kind: Config
clusters:
  - {name: far, cluster: {server: "https://10.0.0.1:6443", tls-server-name: api}}
  - {name: near, cluster: {server: "https://10.0.0.2:6443"}}
users:
  - {name: ada, user: {token: secret}}
contexts:
  - {name: one, context: {cluster: far, user: ada, namespace: web}}
  - {name: two, context: {cluster: near, user: ada}}
current-context: two
"""


@pytest.fixture
def other(tmp_path: Path) -> Path:
    if shutil.which("kubectl") is None:
        unavailable("kubectl is not on PATH")
    path = tmp_path / "other"
    path.write_text(OTHER)
    return path


def test_the_copy_has_one_context_which_is_the_current_one(other: Path, tmp_path: Path) -> None:
    path = write_kubeconfig(tmp_path / "mine", other, "one")
    written = yaml.safe_load(path.read_text())

    [cluster], [user], [context] = written["clusters"], written["users"], written["contexts"]
    assert cluster["cluster"] == {"server": "https://10.0.0.1:6443", "tls-server-name": "api"}
    assert user["user"] == {"token": "secret"}
    assert context["name"] == written["current-context"]
    assert "namespace" not in context["context"]
    assert path.stat().st_mode & 0o077 == 0


def test_only_the_replaced_values_differ(other: Path, tmp_path: Path) -> None:
    changes = {"namespace": "mine", "server": "https://10.0.0.3:1", "token": "another"}
    written = yaml.safe_load(
        write_kubeconfig(tmp_path / "mine", other, "one", **changes).read_text()
    )

    assert written["clusters"][0]["cluster"]["server"] == "https://10.0.0.3:1"
    assert written["clusters"][0]["cluster"]["tls-server-name"] == "api"
    assert written["users"][0]["user"] == {"token": "another"}
    assert written["contexts"][0]["context"]["namespace"] == "mine"


def test_without_a_context_the_current_one_is_copied(other: Path, tmp_path: Path) -> None:
    written = yaml.safe_load(write_kubeconfig(tmp_path / "mine", other, None).read_text())

    assert written["clusters"][0]["cluster"]["server"] == "https://10.0.0.2:6443"


def test_a_context_that_does_not_exist_is_an_error(other: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"(?s)--context=three .* cannot locate context three"
    ):
        write_kubeconfig(tmp_path / "mine", other, "three")

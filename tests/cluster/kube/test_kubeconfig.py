"""The same kubeconfig, used by kubectl and by maidenhair: the server gets the same request."""

from __future__ import annotations

import json
import subprocess
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from maidenhair.clusters.provider import Cluster
from maidenhair.errors import ConfigurationError
from maidenhair.kube.transport import Request, Transport
from tests.unit.kube.kubeconfig.recording_server import (
    Authority,
    Seen,
    recording_proxy,
    recording_server,
)

SERVER_NAME = "api.example"
Fields = Callable[[Path, Authority], dict[str, Any]]


def plugin(folder: Path, _: Authority) -> dict[str, Any]:
    status = {"token": "from-a-plugin"}
    version = "client.authentication.k8s.io/v1"
    printed = {"apiVersion": version, "kind": "ExecCredential", "status": status}
    script = folder / "plugin.sh"
    script.write_text(f"#!/bin/sh\necho '{json.dumps(printed)}'\n")
    script.chmod(0o755)
    # Relative to the kubeconfig.
    return {"exec": {"apiVersion": version, "command": "./plugin.sh", "interactiveMode": "Never"}}


def token_file(folder: Path, _: Authority) -> dict[str, Any]:
    (folder / "token").write_text("from-a-file\n")
    return {"tokenFile": "token", "token": "in-the-kubeconfig"}


def certificate(folder: Path, authority: Authority) -> dict[str, Any]:
    crt, key = authority.issue("ada")
    return {"client-certificate": str(crt), "client-key": str(key)}


def certificate_data(folder: Path, authority: Authority) -> dict[str, Any]:
    files = certificate(folder, authority)
    return {
        f"{field}-data": b64encode(Path(file).read_bytes()).decode()
        for field, file in files.items()
    }


USERS: dict[str, Fields] = {
    "token": lambda *_: {"token": "mine"},
    "token file": token_file,
    "password": lambda *_: {"username": "ada", "password": "lovelace"},
    "plugin": plugin,
    "certificate": certificate,
    "certificate as data": certificate_data,
    "another account": lambda *_: {
        "token": "mine",
        "as": "jane",
        "as-uid": "7",
        "as-groups": ["testers", "readers"],
        "as-user-extra": {"example.com/Team": ["blue", "green"]},
    },
}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    folder = tmp_path / "authority"
    folder.mkdir()
    return Authority(folder)


def with_kubectl(cluster: Cluster, kubeconfig: Path) -> subprocess.CompletedProcess[str]:
    command = [str(cluster.kubectl), f"--kubeconfig={kubeconfig}", "get", "--raw", "/version"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def with_maidenhair(kubeconfig: Path) -> None:
    transport, _ = Transport.from_kubeconfig(kubeconfig, None)
    with closing(transport):
        transport.send(Request("get version", "GET", "/version"))


def write(path: Path, user: dict[str, Any], cluster: dict[str, Any]) -> Path:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.mark.parametrize("name", USERS)
def test_the_server_gets_the_same_request(
    name: str, tmp_path: Path, authority: Authority, api_cluster: Cluster
) -> None:
    with (
        recording_server(authority, SERVER_NAME) as server,
        recording_proxy() as (proxy, connected),
    ):
        cluster = {
            "server": server.url,
            "certificate-authority": "authority/ca.crt",
            "tls-server-name": SERVER_NAME,
            "proxy-url": proxy,
        }
        path = write(tmp_path / "config", USERS[name](tmp_path, authority), cluster)
        done = with_kubectl(api_cluster, path)
        assert done.returncode == 0, done.stderr
        with_maidenhair(path)
        first, second = server.requests
        assert first == second
        assert first.server_name == SERVER_NAME
        assert connected == [server.url.removeprefix("https://")] * 2


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        ({"username": "a", "password": "b", "token": "c"}, {}),
        ({"as-groups": ["testers"]}, {}),
        ({"client-certificate-data": "LS0t"}, {}),
        ({"client-key": "/absent", "client-certificate": "/absent"}, {}),
        ({"auth-provider": {"name": "gcp"}}, {}),
        ({"exec": {"command": "true", "apiVersion": "v0", "interactiveMode": "Never"}}, {}),
        ({}, {"insecure-skip-tls-verify": True}),
        ({}, {"server": "https://127.0.0.1:1", "certificate-authority": "/absent"}),
    ],
)
def test_both_refuse_the_kubeconfig(
    user: dict[str, Any],
    cluster: dict[str, Any],
    tmp_path: Path,
    authority: Authority,
    api_cluster: Cluster,
) -> None:
    with recording_server(authority, "127.0.0.1") as server:
        basis = {"server": server.url, "certificate-authority": str(authority.certificate)}
        path = write(tmp_path / "config", user, {**basis, **cluster})
        assert with_kubectl(api_cluster, path).returncode != 0
        with pytest.raises(ConfigurationError):
            with_maidenhair(path)
        seen: list[Seen] = server.requests
        assert seen == []

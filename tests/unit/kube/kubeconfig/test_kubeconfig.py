"""Kubeconfigs against a server that records requests: what reaches the server, and what is refused."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from maidenhair.errors import ApiRefused, ApiUnreachable, ConfigurationError
from maidenhair.kube.kubeconfig.access import read_access
from maidenhair.kube.kubeconfig.in_cluster import write_in_cluster_kubeconfig
from maidenhair.kube.transport import Request, Transport
from tests.unit.kube.kubeconfig.recording_server import (
    Authority,
    RecordingServer,
    Seen,
    recording_proxy,
    recording_server,
)

Config = Callable[..., Path]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    folder = tmp_path / "authority"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def server(authority: Authority) -> Iterator[RecordingServer]:
    with recording_server(authority, "127.0.0.1") as server:
        yield server


@pytest.fixture
def config(tmp_path: Path, authority: Authority, server: RecordingServer) -> Config:
    """Return a function that writes a kubeconfig for the server, with other fields of its user and cluster."""

    def write(user: dict[str, Any] | None = None, cluster: dict[str, Any] | None = None) -> Path:
        basis = {"server": server.url, "certificate-authority": str(authority.certificate)}
        content = {
            "clusters": [{"name": "c", "cluster": {**basis, **(cluster or {})}}],
            "users": [{"name": "u", "user": user or {}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        path = tmp_path / "config"
        path.write_text(yaml.safe_dump(content))
        return path

    return write


def send(transport: Transport) -> Any:
    return transport.send(Request("get version", "GET", "/version"))


def request(kubeconfig: Path, server: RecordingServer) -> Seen:
    transport, _ = Transport.from_kubeconfig(kubeconfig, None)
    with closing(transport):
        send(transport)
    return server.requests[-1]


def test_paths_are_relative_to_the_file_that_contains_them(
    tmp_path: Path, authority: Authority, server: RecordingServer
) -> None:
    contexts = [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "lab"}}]
    first = tmp_path / "one.yaml"
    first.write_text(yaml.safe_dump({"current-context": "x", "contexts": contexts}))
    folder = tmp_path / "two"
    folder.mkdir()
    (folder / "token").write_text("from-a-file\n")
    (folder / "ca.crt").write_bytes(authority.certificate.read_bytes())
    cluster = {"server": server.url, "certificate-authority": "ca.crt"}
    content = {
        "current-context": "other",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"tokenFile": "token"}}],
    }
    (folder / "two.yaml").write_text(yaml.safe_dump(content))
    files = Path(os.pathsep.join([str(first), str(tmp_path / "absent"), str(folder / "two.yaml")]))
    assert read_access(files).namespace == "lab"
    assert request(files, server).headers == {"authorization": ["Bearer from-a-file"]}


def test_a_request_acts_as_another_account(config: Config, server: RecordingServer) -> None:
    path = config(
        {
            "token": "mine",
            "as": "jane",
            "as-uid": "7",
            "as-groups": ["testers", "readers"],
            "as-user-extra": {"example.com/team": ["blue", "green"]},
        }
    )
    assert request(path, server).headers == {
        "authorization": ["Bearer mine"],
        "impersonate-user": ["jane"],
        "impersonate-uid": ["7"],
        "impersonate-group": ["testers", "readers"],
        "impersonate-extra-example.com%2fteam": ["blue", "green"],
    }


def test_a_token_file_is_read_again(
    tmp_path: Path, config: Config, server: RecordingServer
) -> None:
    token = tmp_path / "token"
    token.write_text("old")
    transport, _ = Transport.from_kubeconfig(config({"tokenFile": str(token)}), None)
    with closing(transport):
        send(transport)
        token.write_text("new")
        send(transport)
    values = [each.headers["authorization"] for each in server.requests]
    assert values == [["Bearer old"], ["Bearer new"]]


def test_the_certificate_is_checked_for_the_tls_server_name(
    config: Config, authority: Authority, tmp_path: Path
) -> None:
    with recording_server(authority, "kubernetes") as named:
        path = config(cluster={"server": named.url, "tls-server-name": "kubernetes"})
        assert request(path, named).server_name == "kubernetes"
        with pytest.raises(ApiUnreachable, match=r"127\.0\.0\.1"):
            request(config(cluster={"server": named.url}), named)


def test_requests_go_through_the_proxy_of_the_kubeconfig(
    config: Config, server: RecordingServer
) -> None:
    with recording_proxy() as (address, connected):
        request(config(cluster={"proxy-url": address}), server)
        assert connected == [server.url.removeprefix("https://")]


@pytest.mark.parametrize("as_data", [False, True], ids=["file", "data"])
def test_a_client_certificate_is_presented(
    as_data: bool, config: Config, authority: Authority, server: RecordingServer
) -> None:
    certificate, key = authority.issue("ada")
    user = {"client-certificate": str(certificate), "client-key": str(key)}
    if as_data:
        user = {
            f"{name}-data": b64encode(Path(file).read_bytes()).decode()
            for name, file in user.items()
        }
    assert request(config(user), server).client == "ada"


def test_certificates_of_a_kubeconfig_are_in_no_file(
    config: Config,
    authority: Authority,
    server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    names = ("client-certificate", "client-key")
    files = dict(zip(names, authority.issue("ada"), strict=True))
    user = {f"{name}-data": b64encode(file.read_bytes()).decode() for name, file in files.items()}
    ca = b64encode(authority.certificate.read_bytes()).decode()
    path = config(user, {"certificate-authority": None, "certificate-authority-data": ca})
    transport, _ = Transport.from_kubeconfig(path, None)
    with closing(transport):
        send(transport)
        # A process that is killed now would leave them.
        assert list(temporary.iterdir()) == []
        opened = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.exists()]
        assert not [each for each in opened if "maidenhair-kubeconfig" in each]
    assert server.requests[-1].client == "ada"


def test_a_key_that_does_not_belong_to_its_certificate_is_refused_before_any_request(
    config: Config, authority: Authority, server: RecordingServer
) -> None:
    (certificate, _), (_, key) = authority.issue("ada"), authority.issue("eve")
    user = {"client-certificate": str(certificate), "client-key": str(key)}
    with pytest.raises(ConfigurationError, match="cannot use the certificates of context 'x'"):
        request(config(user), server)
    assert server.requests == []


def test_the_old_certificate_is_used_until_its_key_is_renewed_too(
    config: Config, authority: Authority, server: RecordingServer
) -> None:
    certificate, key = authority.issue("ada")
    user = {"client-certificate": str(certificate), "client-key": str(key)}
    transport, _ = Transport.from_kubeconfig(config(user), None)
    with closing(transport):
        send(transport)
        new_certificate, new_key = authority.issue("eve")
        new_certificate.replace(certificate)
        send(transport)
        new_key.replace(key)
        send(transport)
    assert [each.client for each in server.requests] == ["ada", "ada", "eve"]


def test_a_renewed_client_certificate_is_used_at_once(
    config: Config, authority: Authority, server: RecordingServer
) -> None:
    certificate, key = authority.issue("ada")
    user = {"client-certificate": str(certificate), "client-key": str(key)}
    transport, _ = Transport.from_kubeconfig(config(user), None)
    with closing(transport):
        send(transport)
        renewed = authority.issue("eve")
        for old, new in zip((certificate, key), renewed, strict=True):
            new.replace(old)
        send(transport)
    assert [each.client for each in server.requests] == ["ada", "eve"]


def test_credentials_are_known_to_redact_them(
    tmp_path: Path, config: Config, authority: Authority
) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    certificate, key = authority.issue("ada")
    cases = [
        ({"token": "mine"}, {"mine"}),
        ({"username": "jane", "password": "hers"}, {"hers"}),
        ({"tokenFile": str(tmp_path / "token")}, {"from-a-file\n"}),
        ({"client-certificate": str(certificate), "client-key": str(key)}, {key.read_text()}),
        (plugin(tmp_path), {"token-1"}),
    ]
    for user, secrets in cases:
        transport, _ = Transport.from_kubeconfig(config(user), None)
        with closing(transport):
            send(transport)
            assert set(transport.credentials()) == secrets


PLUGIN = """
import json, os, pathlib, sys
count = pathlib.Path(sys.argv[1])
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
status = {"token": f"{os.environ['PREFIX']}{number}", **json.loads(sys.argv[2])}
print(json.dumps({"apiVersion": info["apiVersion"], "kind": "ExecCredential", "status": status}))
print(json.dumps(info["spec"]), file=open(sys.argv[1] + ".spec", "w"))
"""


def plugin(tmp_path: Path, status: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    script = tmp_path / "plugin.py"
    script.write_text(PLUGIN)
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": [str(script), str(tmp_path / "count"), json.dumps(status or {})],
            "env": [{"name": "PREFIX", "value": "token-"}],
            "interactiveMode": "Never",
            **fields,
        }
    }


def test_the_token_of_a_plugin_is_used_again(
    tmp_path: Path, config: Config, server: RecordingServer
) -> None:
    transport, _ = Transport.from_kubeconfig(config(plugin(tmp_path)), None)
    with closing(transport):
        send(transport)
        send(transport)
    values = [each.headers["authorization"] for each in server.requests]
    assert values == [["Bearer token-1"], ["Bearer token-1"]]


def test_an_expired_token_of_a_plugin_is_renewed(
    tmp_path: Path, config: Config, server: RecordingServer
) -> None:
    path = config(plugin(tmp_path, {"expirationTimestamp": "2020-01-01T00:00:00Z"}))
    transport, _ = Transport.from_kubeconfig(path, None)
    with closing(transport):
        send(transport)
        send(transport)
    first, *_, last = [each.headers["authorization"][0] for each in server.requests]
    assert first != last


def test_the_token_of_a_plugin_is_renewed_if_the_server_does_not_accept_it(
    tmp_path: Path, config: Config, server: RecordingServer
) -> None:
    transport, _ = Transport.from_kubeconfig(config(plugin(tmp_path)), None)
    with closing(transport):
        send(transport)
        server.accepted = "Bearer token-2"
        send(transport)
    assert server.requests[-1].headers["authorization"] == ["Bearer token-2"]


def test_a_refused_token_without_a_plugin_is_an_error(
    config: Config, server: RecordingServer
) -> None:
    server.accepted = "Bearer other"
    with pytest.raises(ApiRefused) as caught:
        request(config({"token": "mine"}), server)
    assert caught.value.status == 401
    assert len(server.requests) == 1


def test_a_plugin_gets_the_cluster_if_it_requests_it(
    tmp_path: Path, config: Config, server: RecordingServer
) -> None:
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "lab"}}
    path = config(plugin(tmp_path, provideClusterInfo=True), {"extensions": [extension]})
    request(path, server)
    spec = json.loads((tmp_path / "count.spec").read_text())
    assert spec["interactive"] is False
    assert spec["cluster"]["server"] == server.url
    assert spec["cluster"]["config"] == {"audience": "lab"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"command": "no-such-plugin", "installHint": "Install it."},
            r"no-such-plugin.*Install it\.",
        ),
        ({"args": ["-c", "import sys; sys.exit('no login')"]}, "no login"),
        ({"args": ["-c", "print('hello')"]}, "did not print an ExecCredential"),
        ({"args": ["-c", "print('{}')"]}, "did not print an ExecCredential: .*it is None None"),
    ],
    ids=["missing", "failing", "not JSON", "another kind"],
)
def test_the_error_of_a_plugin_is_shown(
    fields: dict[str, Any], message: str, tmp_path: Path, config: Config, server: RecordingServer
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        request(config(plugin(tmp_path, **fields)), server)


@pytest.mark.parametrize(
    ("user", "cluster", "message"),
    [
        (
            {"auth-provider": {"name": "gcp"}},
            {},
            "user 'u' has auth-provider, which is not supported",
        ),
        ({"exec": {"command": "x", "apiVersion": "v0"}}, {}, "apiVersion 'v0', which is not"),
        (
            {
                "exec": {
                    "command": "x",
                    "apiVersion": "client.authentication.k8s.io/v1",
                    "interactiveMode": "Always",
                }
            },
            {},
            "interactiveMode Always",
        ),
        ({"username": "a", "password": "b", "token": "c"}, {}, "a password and a token"),
        ({"as-groups": ["testers"]}, {}, "no `as`"),
        ({"client-certificate-data": "LS0t"}, {}, "has no client-key"),
        ({"client-key": "/absent"}, {}, "client-key: there is no file /absent"),
        ({}, {"insecure-skip-tls-verify": True}, "insecure-skip-tls-verify and a certificate"),
        ({}, {"proxy-url": "socks5://127.0.0.1:1"}, r"proxy-url socks5://127\.0\.0\.1:1 is not"),
        ({}, {"server": ""}, "cluster 'c' has no server"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(
    user: dict[str, Any], cluster: dict[str, Any], message: str, config: Config
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Transport.from_kubeconfig(config(user, cluster), None)


def test_a_pod_uses_its_service_account(
    tmp_path: Path, authority: Authority, server: RecordingServer
) -> None:
    account = tmp_path / "account"
    account.mkdir()
    (account / "token").write_text("of-the-pod")
    (account / "namespace").write_text("lab")
    (account / "ca.crt").write_bytes(authority.certificate.read_bytes())
    port = server.url.rpartition(":")[2]
    pod = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": port}
    path = write_in_cluster_kubeconfig(tmp_path / "state" / "kubeconfig", pod, account)
    assert path is not None
    assert read_access(path).namespace == "lab"
    assert request(path, server).headers == {"authorization": ["Bearer of-the-pod"]}
    assert write_in_cluster_kubeconfig(tmp_path / "none", {}, account) is None
    assert not (tmp_path / "none").exists()

"""The client of the Kubernetes API, without a cluster."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import kubernetes.client
import pytest
import yaml

from maidenhair.errors import ApiRefused, ApiUnreachable, ConfigurationError
from maidenhair.kube import Kube, Object
from maidenhair.kube.manifests.ordering import sort_for_apply
from maidenhair.kube.objects import display_name
from tests.unit.memory_api import MemoryTransport


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    """Return a kubeconfig whose server's port is closed."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return kubeconfig_of(port, tmp_path)


@contextmanager
def busy_server(refusals: int) -> Iterator[tuple[int, list[str]]]:
    """Run a server that rejects the first POSTs with 429. Provide its port and the credentials of each POST."""
    credentials: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            pods = {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["create"]}
            self.answer(200, {"groupVersion": "v1", "resources": [pods]})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            credentials.append(self.headers["Authorization"])
            if len(credentials) <= refusals:
                self.answer(429, {"message": "too many requests"}, "0")
            else:
                self.answer(201, {"metadata": {"name": "web-1"}})

        def answer(self, status: int, answer: object, retry_after: str | None = None) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            if retry_after is not None:
                self.send_header("Retry-After", retry_after)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, credentials
        finally:
            server.shutdown()
            thread.join()


def kubeconfig_of(port: int, folder: Path) -> Path:
    """Write a kubeconfig for a server on a local port into a folder, and return its path."""
    server = {"server": f"http://127.0.0.1:{port}"}
    contexts = {"plain": {}, "with-namespace": {"namespace": "mine"}}
    path = folder / "kubeconfig"
    path.write_text(
        yaml.safe_dump(
            {
                "clusters": [{"name": "c", "cluster": server}],
                "users": [{"name": "u", "user": {"token": "secret"}}],
                "contexts": [
                    {"name": name, "context": {"cluster": "c", "user": "u", **more}}
                    for name, more in contexts.items()
                ],
                "current-context": "plain",
            }
        )
    )
    return path


def test_the_kubernetes_package_s_global_default_stays_untouched(kubeconfig: Path) -> None:
    host = kubernetes.client.Configuration().host
    Kube.from_kubeconfig(kubeconfig)
    # SkyTorch's init() refuses or adopts a default that it finds there.
    assert kubernetes.client.Configuration._default is None
    assert kubernetes.client.Configuration().host == host


def test_the_namespace_is_the_context_s(kubeconfig: Path) -> None:
    assert Kube.from_kubeconfig(kubeconfig).namespace == "default"
    assert Kube.from_kubeconfig(kubeconfig, "with-namespace").namespace == "mine"


def test_an_unknown_context_is_a_wrong_setting(kubeconfig: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"kubeconfig \(context other\)"):
        Kube.from_kubeconfig(kubeconfig, "other")


def test_a_missing_kubeconfig_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no kubeconfig found at .*absent"):
        Kube.from_kubeconfig(tmp_path / "absent")


def test_a_server_that_is_away_is_unreachable(kubeconfig: Path) -> None:
    with pytest.raises(
        ApiUnreachable, match=r"no answer from the API server at http://127\.0\.0\.1"
    ):
        Kube.from_kubeconfig(kubeconfig).get("v1", "Pod", "web")


WEB: Object = {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "web-"}}


def test_a_request_that_the_server_rejects_as_too_many_is_sent_again(tmp_path: Path) -> None:
    with busy_server(refusals=2) as (port, credentials):
        made = Kube.from_kubeconfig(kubeconfig_of(port, tmp_path)).create(WEB)
    assert made["metadata"]["name"] == "web-1"
    assert credentials == ["Bearer secret"] * 3


def test_a_request_that_the_server_always_rejects_fails_after_ten_retries(tmp_path: Path) -> None:
    with (
        busy_server(refusals=99) as (port, credentials),
        pytest.raises(ApiRefused, match="too many requests") as refused,
    ):
        Kube.from_kubeconfig(kubeconfig_of(port, tmp_path)).create(WEB)
    assert refused.value.status == 429
    assert credentials == ["Bearer secret"] * 11


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    with pytest.raises(ApiUnreachable, match="Connection refused"):
        Kube.from_kubeconfig(kubeconfig).get("v1", "Pod", "web")


def test_a_failure_of_kustomize_includes_the_output_of_kubectl(
    kubeconfig: Path, tmp_path: Path
) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text("#!/bin/sh\necho no kustomization in $2 >&2\nexit 1\n")
    kubectl.chmod(0o700)
    with pytest.raises(
        ConfigurationError, match=r"kubectl kustomize folder.*\n  no kustomization in folder"
    ):
        Kube.from_kubeconfig(kubeconfig, kubectl=kubectl).kustomize("folder")


def test_kustomize_returns_the_manifests_without_empty_documents(
    kubeconfig: Path, tmp_path: Path
) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text("#!/bin/sh\nprintf -- '---\\nkind: A\\n---\\n---\\nkind: B\\n'\n")
    kubectl.chmod(0o700)
    kube = Kube.from_kubeconfig(kubeconfig, kubectl=kubectl)
    assert kube.kustomize("folder") == [{"kind": "A"}, {"kind": "B"}]


def test_kustomize_without_kubectl_is_a_wrong_setting(kubeconfig: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent kustomize folder` could not be started"):
        Kube.from_kubeconfig(kubeconfig, kubectl=tmp_path / "absent").kustomize("folder")


def test_manifests_are_applied_in_dependency_order() -> None:
    kinds = ["Deployment", "ValidatingWebhookConfiguration", "ClusterRole", "Compute", "Namespace"]
    manifests = [{"kind": kind} for kind in kinds]
    manifests += [{"kind": "List", "items": [{"kind": "CustomResourceDefinition"}]}]
    assert [each["kind"] for each in sort_for_apply(manifests)] == [
        "Namespace",
        "CustomResourceDefinition",
        "ClusterRole",
        "Deployment",
        "Compute",
        "ValidatingWebhookConfiguration",
    ]


def test_objects_are_named_in_messages_by_kind_namespace_and_name() -> None:
    namespaced = {"kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}}
    assert display_name(namespaced) == "Pod shop/web"
    assert display_name({"kind": "Node", "metadata": {"name": "node-1"}}) == "Node node-1"
    assert display_name({}) == "object"


def test_objects_that_are_sent_and_received_can_be_observed() -> None:
    transport: Any = MemoryTransport()
    kube = Kube(transport)
    seen: list[tuple[str, Any]] = []
    kube.observe = lambda found: seen.append((found.get("kind", ""), found.get("data")))
    made = kube.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"}}
    )
    version = made["metadata"]["resourceVersion"]
    with closing(kube.watch("v1", "ConfigMap", "default", resource_version=version)) as stream:
        kube.patch("v1", "ConfigMap", "c", {"data": {"a": "2"}})
        next(event for event in stream if event[1]["data"] == {"a": "2"})

    assert made["data"] == {"a": "1"}
    maps = [data for kind, data in seen if kind == "ConfigMap"]
    # As sent, as received, as changed, and as watched.
    assert maps[:2] == [{"a": "1"}, {"a": "1"}]
    assert maps[-2:] == [{"a": "2"}, {"a": "2"}]

"""The provider of existing clusters, without a cluster: how it chooses a context, and what it refuses."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml

from maidenhair._util.progress import Progress
from maidenhair.clusters.existing import ExistingProvider
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError, ConfigurationError


def kubeconfig(path: Path, *contexts: str, current: str | None = None, **content: Any) -> Path:
    """Write a kubeconfig whose server is a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    whole = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {"token": "secret"}}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in contexts],
        **({"current-context": current} if current else {}),
        **content,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(whole))
    return path


def provider(context: str | None, kubeconfig: Path | None = None, **environment: str) -> Any:
    path = str(kubeconfig) if kubeconfig else None
    settings = Settings(provider="existing", context=context, kubeconfig=path)
    return ExistingProvider(settings, Progress(), environment=environment)


def test_without_a_context_the_error_lists_the_contexts(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config", "home", "work")
    with pytest.raises(ConfigurationError) as caught:
        provider(None, path).find()
    message = str(caught.value)
    assert "set MAIDENHAIR_CONTEXT" in message
    assert f"contexts in {path}: home, work" in message
    assert caught.value.exit_code == 2


def test_a_context_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config", "home")
    with pytest.raises(ConfigurationError, match=r"MAIDENHAIR_CONTEXT=moon: .*/config: home"):
        provider("moon", path).find()


def test_the_kubeconfig_is_found_as_kubectl_finds_it(tmp_path: Path) -> None:
    kubeconfig(tmp_path / ".kube" / "config", "of-home")
    first = kubeconfig(tmp_path / "first", "of-first")
    second = kubeconfig(tmp_path / "second", "of-second")
    absent = tmp_path / "absent"
    home = {"HOME": str(tmp_path)}
    with pytest.raises(ConfigurationError, match=r"\.kube/config: of-home$"):
        provider(None, **home).find()
    listed = os.pathsep.join(str(path) for path in (first, absent, second))
    with pytest.raises(ConfigurationError, match=r"first, .*second: of-first, of-second$"):
        provider(None, **home, KUBECONFIG=listed).find()
    with pytest.raises(ConfigurationError, match=r"second: of-second$"):
        provider(None, second, **home, KUBECONFIG=str(first)).find()


def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"found at .*absent \(MAIDENHAIR_KUBECONFIG\)"):
        provider("home", tmp_path / "absent").find()
    with pytest.raises(ConfigurationError, match=r"found at .*absent \(KUBECONFIG\)"):
        provider("home", KUBECONFIG=str(tmp_path / "absent")).find()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("contexts: [", "cannot read the kubeconfig"),
        ("just words", "is malformed: it is a str, not a mapping"),
        ("contexts: [{context: {}}]", r"is malformed: contexts\[0\] needs a `name` and a mapping"),
        ("users: {a: b}", "is malformed: users is not a list"),
    ],
)
def test_a_malformed_kubeconfig_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=message) as caught:
        provider("home", path).find()
    assert str(path) in str(caught.value)


def test_a_context_without_its_cluster_is_refused(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config", "home", clusters=[])
    with pytest.raises(ConfigurationError, match=r"cannot use the kubeconfig .*context home"):
        provider("home", path).find()


def test_a_server_that_does_not_answer_is_named_with_its_context(tmp_path: Path) -> None:
    # There is no current context, and none is needed.
    path = kubeconfig(tmp_path / "config", "home")
    with pytest.raises(ClusterError) as caught:
        provider("home", path).find()
    message = str(caught.value)
    assert "context 'home' at http://127.0.0.1:" in message
    assert "Connection refused" in message
    assert "object at" not in message
    assert "kubectl --context home version" in message
    assert caught.value.exit_code == 1


def test_it_removes_nothing_and_loads_nothing(tmp_path: Path) -> None:
    existing = provider("home", kubeconfig(tmp_path / "config", "home"))
    with pytest.raises(ConfigurationError, match="'home': maidenhair did not create it"):
        existing.down()
    with (
        pytest.raises(ConfigurationError, match=r"server\.tar .* push the image to a registry"),
        existing.use([Path("server.tar")]),
    ):
        pass
    existing.load_images([])

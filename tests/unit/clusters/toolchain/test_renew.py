"""`make versions`, with a small program in place of go."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.project import ROOT

GO = """
import json, sys
from pathlib import Path
arguments = sys.argv[1:]
with open(CALLS, "a") as calls:
    calls.write(" ".join(arguments) + "\\n")
if arguments[:3] == ["list", "-m", "-versions"]:
    print(json.dumps({"Versions": VERSIONS[arguments[-1]]}))
elif arguments[:2] == ["mod", "download"]:
    print(json.dumps({"GoMod": "own.mod"}))
elif arguments[:2] == ["mod", "edit"] and arguments[-1] == "own.mod":
    print(json.dumps(OWN))
elif arguments[:2] == ["mod", "edit"] and arguments[2] == "-json":
    lines = [line.split() for line in Path(arguments[-1]).read_text().splitlines()]
    pairs = [line[-2:] for line in lines if len(line) > 1 and line[-1].startswith("v")]
    print(json.dumps({"Require": [{"Path": path, "Version": version} for path, version in pairs]}))
"""
OWN = {
    "Go": "1.26.0",
    "Godebug": [{"Key": "default", "Value": "go1.26"}],
    "Require": [{"Path": "go.etcd.io/etcd/server/v3", "Version": "v3.6.8"}],
    "Replace": [
        {"Old": {"Path": "k8s.io/api"}, "New": {"Path": "./staging/src/k8s.io/api"}},
        {"Old": {"Path": "example.dev/fork"}, "New": {"Path": "example.dev/other"}},
    ],
}
RUNTIME = {
    "containerd": "github.com/containerd/containerd/v2",
    "runc": "github.com/opencontainers/runc",
    "cni-plugins": "github.com/containernetworking/plugins",
}

SHARING = ("coredns", "storage", "helm", "kwok")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout that pins Kubernetes 1.35.1 and version 2.3.1 of the runtime's modules."""
    (tmp_path / "maidenhair/config").mkdir(parents=True)
    (tmp_path / "maidenhair/config/cluster.py").write_text(
        'DEFAULT_MINOR = "1.35"\nKUBERNETES_VERSIONS = ("1.35.1",)\nB = 2\n'
    )
    for folder, module in RUNTIME.items():
        (tmp_path / "toolchain" / folder).mkdir(parents=True)
        (tmp_path / "toolchain" / folder / "go.mod").write_text(f"require {module} v2.3.1\n")
    for folder in SHARING:
        (tmp_path / "toolchain" / folder).mkdir()
        (tmp_path / "toolchain" / folder / "go.mod").write_text("require example.dev/own v1.0.0\n")
    (tmp_path / "toolchain/kubernetes").mkdir()
    (tmp_path / "toolchain/kubernetes/1.35.mod").write_text("require k8s.io/kubernetes v1.35.1\n")
    (tmp_path / "toolchain/python").mkdir()
    shutil.copy(ROOT / "toolchain/python/renew.py", tmp_path / "toolchain/python")
    return tmp_path


@pytest.fixture
def calls(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program in place of go on PATH, and return the file of its command lines."""
    versions = {
        module: ["v2.2.9", "v2.3.1", "v2.3.10", "v2.3.9", "v2.4.0"] for module in RUNTIME.values()
    }
    versions["k8s.io/kubernetes"] = ["v1.35.1", "v1.35.10", "v1.35.9", "v1.36.3", "v1.36.4-rc.1"]
    file = checkout / "calls"
    values = f"CALLS, VERSIONS, OWN = {str(file)!r}, {versions!r}, {OWN!r}\n"
    go = checkout / "bin/go"
    go.parent.mkdir()
    go.write_text(f"#!{sys.executable}\n{values}{GO}")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", str(go.parent))
    return file


def renew(checkout: Path, monkeypatch: pytest.MonkeyPatch, *minors: str) -> None:
    specification = importlib.util.spec_from_file_location(
        "renew", checkout / "toolchain/python/renew.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module: ModuleType = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(sys, "argv", ["renew.py", *minors])
    assert module.main() == 0


def test_the_newest_patches_are_pinned_and_a_version_is_added(checkout, calls, monkeypatch) -> None:
    renew(checkout, monkeypatch, "1.36")

    kubernetes = checkout / "toolchain/kubernetes"
    assert "\tk8s.io/kubernetes v1.35.10\n" in (kubernetes / "1.35.mod").read_text()
    text = (kubernetes / "1.36.mod").read_text()
    assert text.splitlines()[3:] == [
        "",
        "go 1.26.0",
        "",
        "godebug default=go1.26",
        "require (",
        "\tk8s.io/kubernetes v1.36.3",
        "\tgo.etcd.io/etcd/server/v3 v3.6.8",
        ")",
        "",
        "// The staging modules that Kubernetes' own go.mod replaces by folders.",
        "replace (",
        "\tk8s.io/api => k8s.io/api v0.36.3",
        ")",
    ]
    settings = (checkout / "maidenhair/config/cluster.py").read_text()
    assert (
        settings == 'DEFAULT_MINOR = "1.35"\nKUBERNETES_VERSIONS = ("1.35.10", "1.36.3")\nB = 2\n'
    )
    lines = calls.read_text().splitlines()
    assert "mod tidy -modfile=1.36.mod" in lines
    for module in RUNTIME.values():
        assert f"get {module}@v2.3.10" in lines


def test_nothing_is_written_if_every_pin_is_the_newest(checkout, calls, monkeypatch) -> None:
    renew(checkout, monkeypatch)
    for folder, module in RUNTIME.items():
        (checkout / "toolchain" / folder / "go.mod").write_text(f"require {module} v2.3.10\n")
    files = sorted(path for path in checkout.rglob("*") if path.is_file() and path != calls)
    before = {path: path.read_text() for path in files}
    calls.unlink()

    renew(checkout, monkeypatch)

    assert {path: path.read_text() for path in files} == before
    assert not [
        line for line in calls.read_text().splitlines() if line.startswith(("get", "mod tidy"))
    ]


def test_modules_that_kubernetes_has_too_are_pinned_at_its_version(
    checkout, calls, monkeypatch
) -> None:
    kubernetes = checkout / "toolchain/kubernetes/1.35.mod"
    kubernetes.write_text("require k8s.io/kubernetes v1.35.10\nrequire k8s.io/api v0.35.10\n")
    go_mod = checkout / "toolchain/coredns/go.mod"
    go_mod.write_text("require k8s.io/api v0.34.1\nrequire example.dev/own v1.0.0\n")

    renew(checkout, monkeypatch)

    lines = calls.read_text().splitlines()
    assert "mod edit -require=k8s.io/api@v0.35.10" in lines
    assert lines.count("mod tidy") == len([*RUNTIME, go_mod])


def test_a_version_that_does_not_exist_is_refused(checkout, calls, monkeypatch) -> None:
    with pytest.raises(
        SystemExit, match=r"k8s\.io/kubernetes has no version 1\.99; it has: 1\.35\.1"
    ):
        renew(checkout, monkeypatch, "1.99")

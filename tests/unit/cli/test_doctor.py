"""`maidenhair doctor`: the real command on machines that lack something, and its report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from maidenhair.cli.doctor import machine
from maidenhair.cli.main import cli
from maidenhair.clusters.toolchain.hosts import Hosts
from maidenhair.config.cluster import Settings
from tests.conftest import unavailable
from tests.project import ROOT
from tests.unit.clusters.toolchain.release_server import Releases, serving

KUBERNETES = Settings().kubernetes_version
CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
AS_ANOTHER_USER = ("unshare", "--user", "--net")
"""Start a process as another user without permissions, on a machine without network."""


@dataclass(frozen=True)
class Report:
    """The report of the command: its exit code and its output, which is JSON after `--json`."""

    code: int
    output: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.output)

    def component(self, name: str) -> dict[str, Any]:
        [row] = [row for row in self.json["components"] if row["name"] == name]
        return row

    def check(self, name: str) -> dict[str, Any]:
        [check] = [check for check in self.json["machine"] if check["name"] == name]
        return check

    @property
    def ways(self) -> dict[str, str]:
        return {way["name"]: way["state"] for way in self.json["ways"]}


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder for programs, the only one of PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(programs: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yield an environment without installed or cached programs, whose proxy does not exist."""
    yield {
        "PATH": str(programs),
        "HOME": str(tmp_path),
        "MAIDENHAIR_CACHE_DIR": str(tmp_path / "cache"),
        "https_proxy": "http://127.0.0.1:1",
    }
    assert not (tmp_path / "cache").exists(), "something was made"


@pytest.fixture
def command(environment: Mapping[str, str]) -> Callable[..., Report]:
    """Run the command as users do, after `prefix`."""

    def command(*options: str, prefix: Sequence[str] = (), **variables: str) -> Report:
        done = subprocess.run(
            [*prefix, sys.executable, "-m", "maidenhair", "doctor", *options],
            cwd=ROOT,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=300,
        )
        return Report(done.returncode, done.stdout or done.stderr)

    return command


@pytest.fixture
def doctor(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Report]:
    """Run the command in this process, which is faster."""
    for name in os.environ:
        if name.startswith(("MAIDENHAIR_", "KUBE")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)

    def doctor(*options: str, **variables: str) -> Report:
        result = CliRunner().invoke(cli, ["doctor", *options], env={**environment, **variables})
        return Report(result.exit_code, result.stdout)

    return doctor


def install(programs: Path, name: str, prints: str) -> None:
    path = programs / name
    path.write_text(f"#!/bin/sh\necho '{prints}'\n")
    path.chmod(0o755)


@pytest.fixture
def another_user() -> tuple[str, ...]:
    done = subprocess.run(
        [*AS_ANOTHER_USER, sys.executable, "-c", ""], capture_output=True, text=True
    )
    if done.returncode:
        unavailable(f"no other user can be made here: {done.stderr.strip()}")
    # PATH of the command under test has no unshare.
    found = subprocess.run(
        ["which", AS_ANOTHER_USER[0]], capture_output=True, text=True, check=True
    )
    return (found.stdout.strip(), *AS_ANOTHER_USER[1:])


def test_another_user_on_an_empty_machine(command, another_user):
    report = command("--json", prefix=another_user, https_proxy="")

    assert (report.code, report.json["usable"]) == (1, False)
    assert "no route out of this machine" in report.check("network")["missing"]
    assert "may not create namespaces" in report.check("root")["missing"]
    assert "`--profile api` and existing clusters work" in report.check("root")["without"]
    assert report.check("Go")["missing"] == "not on PATH"
    assert report.check("C++ compiler")["missing"] == "c++ is not on PATH"
    assert report.check("container engine")["missing"] == "neither Docker nor Podman is on PATH"
    assert report.check("util-linux")["missing"] == "unshare, nsenter, mount not on PATH"
    kubelet = report.component("kubelet")
    assert (kubelet["state"], kubelet["version"], kubelet["source"]) == ("missing", "", "")
    assert "dl.k8s.io cannot be reached: " in kubelet["missing"]
    assert kubelet["missing"].endswith("; Go is not on PATH")
    assert kubelet["command"].endswith(", or install Go 1.26.0 or newer")
    assert "PATH: kubelet not found" in kubelet["tried"]
    assert "g++" in report.component("skytorch-python")["command"]
    assert all(state.startswith("no: ") for state in report.ways.values())
    assert "no: root, util-linux, network, etcd, " in report.ways["embedded cluster, profile node"]


def test_installed_programs_are_enough_for_the_api(command, programs):
    for name in CONTROL_PLANE:
        install(programs, name, "3.6.4" if name == "etcd" else KUBERNETES)

    report = command("--profile", "api")

    assert report.code == 0
    lines = [" ".join(line.split()) for line in report.output.splitlines()]
    assert lines[0] == f"For embedded, profile api, Kubernetes {KUBERNETES}"
    assert lines[1] == "component version source missing command"
    assert f"kube-apiserver {KUBERNETES} PATH ({programs})" in lines
    assert "embedded cluster, profile api (chosen) ready" in lines
    assert "Go missing: not on PATH" in lines
    assert any(line.startswith("embedded cluster, profile node no: ") for line in lines)


def test_assets_that_do_not_fit_are_reported(doctor, tmp_path):
    assets = tmp_path / "assets"
    assets.mkdir()
    install(assets, "kube-apiserver", "v1.31.0")
    install(assets, "etcd", "3.6.1")

    report = doctor("--json", "--profile", "api", KUBEBUILDER_ASSETS=str(assets))

    assert report.code == 1
    tried = report.component("kube-apiserver")["tried"]
    assert any(
        f"KUBEBUILDER_ASSETS: {assets}/kube-apiserver is version 1.31.0" in each for each in tried
    )
    assert report.component("etcd")["source"] == f"KUBEBUILDER_ASSETS ({assets})"


def test_components_that_can_be_built_are_enough(doctor, programs):
    (programs / "go").write_text(
        "#!/bin/sh\nfor name; do case $name in GOVERSION) echo go1.26.0 ;; GOTOOLCHAIN) echo local ;; "
        "GOPROXY) echo off ;; esac; done\n"
    )
    (programs / "go").chmod(0o755)

    report = doctor("--json", "--profile", "api", MAIDENHAIR_DOWNLOADS="no")

    assert report.code == 0
    etcd = report.component("etcd")
    assert (etcd["state"], etcd["source"]) == ("to make", "Go module toolchain/kubernetes")
    assert etcd["missing"] == f"not made yet: Building Kubernetes {KUBERNETES}, about 6 min"
    assert etcd["command"] == "maidenhair setup --profile api"
    assert report.ways["embedded cluster, profile api"] == "after `maidenhair setup`"


def test_releases_are_enough_for_the_api_without_go(doctor):
    with serving(Releases()) as releases:
        mirrors = f"https://dl.k8s.io={releases.url} https://github.com={releases.url}"
        report = doctor("--json", "--profile=api", MAIDENHAIR_MIRRORS=mirrors, no_proxy="127.0.0.1")

    assert report.code == 0
    assert report.component("etcd")["missing"].startswith("not made yet: Downloading etcd 3.6.8")
    assert report.component("kubectl")["source"] == "release of dl.k8s.io"
    assert releases.requests == []
    assert "cloud-controller-manager" in report.ways["embedded cluster, profile node"]


def test_a_wrong_setting_is_reported_without_hiding_the_rest(doctor):
    report = doctor("--json", MAIDENHAIR_TOOL_KUBECTL="/absent")

    assert report.code == 1
    assert (
        "MAIDENHAIR_TOOL_KUBECTL=/absent: there is no such"
        in report.component("kubectl")["missing"]
    )


def test_an_existing_cluster_must_be_named_and_answer(doctor, tmp_path):
    kubeconfig = tmp_path / "kubeconfig"
    cluster = {"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}
    context = {"name": "far", "context": {"cluster": "c", "user": "u"}}
    content = {"clusters": [cluster], "contexts": [context], "users": [{"name": "u", "user": {}}]}
    kubeconfig.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **content}))
    chosen = {"MAIDENHAIR_PROVIDER": "existing", "MAIDENHAIR_KUBECONFIG": str(kubeconfig)}

    unnamed = doctor("--json", **chosen)
    far = doctor("--json", **chosen, MAIDENHAIR_CONTEXT="far", no_proxy="127.0.0.1")

    assert (unnamed.code, far.code) == (1, 1)
    assert "MAIDENHAIR_CONTEXT" in unnamed.check("existing cluster")["missing"]
    assert "127.0.0.1:1" in far.check("existing cluster")["missing"]
    assert far.ways["existing cluster"].startswith("no: existing cluster, ")


def test_a_fault_of_one_provider_does_not_hide_the_others(doctor, command):
    wrong = {"MAIDENHAIR_CLUSTER_NAME": "Not/A/Name"}

    report = doctor("--json", MAIDENHAIR_PROVIDER="existing", **wrong)
    chosen = command("--json", **wrong)

    assert "lower-case letters" in report.ways["embedded cluster, profile node"]
    assert "lower-case letters" not in report.ways["existing cluster"]
    assert (chosen.code, "lower-case letters" in chosen.output) == (2, True)


def test_without_systems_nothing_of_theirs_is_looked_at(doctor, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    report = doctor("--json", MAIDENHAIR_DOWNLOADS="no")

    checks = [check["name"] for check in report.json["machine"]]
    assert checks == ["root", "util-linux", "Go", "container engine", "network"]
    names = {row["name"] for row in report.json["components"]}
    assert "kubelet" in names
    assert not names & {"skytorch-python", "contour", "envoy", "device-query", "kwok", "helm"}


class TestMachine:
    @pytest.fixture(autouse=True)
    def only(self, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(programs))

    def test_an_engine_that_answers_and_one_that_does_not(self, programs):
        install(programs, "podman", "5.2.1")
        assert machine.check_engine().found == "podman 5.2.1"

        (programs / "podman").write_text("#!/bin/sh\nexit 1\n")
        assert machine.check_engine().missing == "podman does not answer"

    def test_root_may_make_nodes(self, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 0)

        assert machine.check_root().found == "yes"

    def test_a_network_in_part(self, programs, monkeypatch):
        monkeypatch.setenv("no_proxy", "*")
        with serving(Releases()) as releases:
            install(programs, "go", f"{releases.url}|direct")
            check = machine.check_network(Hosts(), ["http://127.0.0.1:1"])

        assert check.found == f"{releases.url.removeprefix('http://')} can be reached"
        assert check.missing == "127.0.0.1:1 cannot be reached: Connection refused"

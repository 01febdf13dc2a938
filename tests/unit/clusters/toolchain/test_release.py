"""Components from releases: the project's own table with a server on this machine, and failures."""

from __future__ import annotations

import hashlib
import io
import platform
import signal
import socket
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hamcrest import greater_than

from maidenhair._util.progress import Progress
from maidenhair.clusters.toolchain import Tool, Toolchain
from maidenhair.clusters.toolchain.download import Downloader
from maidenhair.clusters.toolchain.hosts import parse_mirrors
from maidenhair.clusters.toolchain.release import ARCHITECTURES, Release, read_releases
from maidenhair.config.cluster import Settings
from maidenhair.errors import ConfigurationError, ToolchainError
from maidenhair.waiting import eventually
from tests.project import ROOT
from tests.unit.clusters.toolchain.release_server import Releases, serving

TABLE = ROOT / "toolchain/releases.toml"
KUBERNETES = Settings().kubernetes_version
ARCHITECTURE = ARCHITECTURES[platform.machine()]


def executable(version: str) -> bytes:
    return f"#!/bin/sh\necho version {version}\n".encode()


def archive(**files: bytes) -> bytes:
    """Return a .tar.gz with the files in a folder, as projects release them."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(f"widgets-1.2/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return content.getvalue()


@pytest.fixture
def releases() -> Iterator[Releases]:
    with serving(Releases()) as releases:
        yield releases


@pytest.fixture
def release(releases: Releases, tmp_path: Path) -> Callable[..., Release]:
    def release(**more: object) -> Release:
        url = f"{releases.url}/v{{version}}/{{component}}-{{arch}}"
        downloader = Downloader(tmp_path / "downloads", {})
        return Release("widget", "1.2", url, "{url}.sha256", downloader, **more)

    return release


@pytest.fixture
def ensure(
    releases: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Tool]]:
    """Ensure components of the project's table, with a server on this machine in place of the projects' hosts."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)

    def ensure(*names: str, server: str = releases.url) -> dict[str, Tool]:
        mirrors = f"https://dl.k8s.io={server}/k8s https://github.com={server}/github"
        settings = Settings(mirrors=mirrors)
        return Toolchain(settings, Progress(io.StringIO()), tmp_path / "tools").ensure(names)

    return ensure


class TestRelease:
    def test_a_file_is_the_executable(self, release, releases, tmp_path):
        releases.files[f"/v1.2/widget-{ARCHITECTURE}"] = executable("1.2")

        assert release().make(tmp_path) == {"widget": "1.2"}
        made = tmp_path / release().locate("widget")
        assert (made.read_bytes(), made.stat().st_mode & 0o777) == (executable("1.2"), 0o755)

    def test_executables_are_taken_out_of_an_archive(self, release, releases, tmp_path):
        files = {"widget": executable("1.2"), "widgetctl": b"ctl", "README.md": b"Read me"}
        releases.files[f"/v1.2/widget-{ARCHITECTURE}"] = archive(**files)
        made = release(files=("widget", "widgetctl"))

        made.make(tmp_path)

        assert {path.name for path in (tmp_path / "bin").iterdir()} == {"widget", "widgetctl"}
        assert made.locate("widget") == Path("bin/widget")

    def test_an_archive_without_a_needed_file(self, release, releases, tmp_path):
        releases.files[f"/v1.2/widget-{ARCHITECTURE}"] = archive(widget=b"")

        with pytest.raises(ToolchainError, match=r"/v1\.2/widget-\w+ does not contain widgetctl"):
            release(files=("widget", "widgetctl")).make(tmp_path)

    def test_no_archive_at_all(self, release, releases, tmp_path):
        releases.files[f"/v1.2/widget-{ARCHITECTURE}"] = b"not an archive"

        with pytest.raises(ToolchainError, match=r"cannot read the archive http://.*: "):
            release(files=("widget",)).make(tmp_path)

    def test_a_machine_that_projects_do_not_build_for(self, release, releases, monkeypatch):
        monkeypatch.setattr(platform, "machine", lambda: "m68k")

        assert "no release for m68k, only for x86_64, aarch64" in str(release().obstacle())
        assert releases.requests == []

    def test_each_input_counts_for_the_entry(self, release):
        entries = {release().entry(), release(files=("widget",)).entry()}

        assert len(entries) == 2
        assert all(entry.startswith("widget-1.2-release-") for entry in entries)


class TestTable:
    def test_kubernetes_and_etcd_come_from_their_releases(self, ensure, releases, tmp_path):
        binaries = f"/k8s/release/v{KUBERNETES}/bin/linux/{ARCHITECTURE}"
        for name in ("kube-apiserver", "kubectl"):
            releases.files[f"{binaries}/{name}"] = executable(KUBERNETES)
        folder, name = "/github/etcd-io/etcd/releases/download/v3.6.8", "etcd-v3.6.8-linux"
        etcd = f"{folder}/{name}-{ARCHITECTURE}.tar.gz"
        releases.files[etcd] = archive(etcd=executable("3.6.8"), etcdctl=b"")
        releases.files[f"{folder}/SHA256SUMS"] = sums(releases, etcd)

        tools = ensure("etcd", "kube-apiserver", "kubectl")

        assert {(tool.version, tool.source) for tool in tools.values()} == {
            ("3.6.8", "release of github.com, cached"),
            (KUBERNETES, "release of dl.k8s.io, cached"),
        }
        assert all(tool.path.is_relative_to(tmp_path / "tools") for tool in tools.values())
        requests = len(releases.requests)
        assert ensure("etcd", "kube-apiserver", "kubectl") == tools
        assert len(releases.requests) == requests

    def test_a_downloaded_file_of_another_version_is_refused(self, ensure, releases, tmp_path):
        path = f"/k8s/release/v{KUBERNETES}/bin/linux/{ARCHITECTURE}/kubelet"
        releases.files[path] = executable("1.2.3")

        with pytest.raises(
            ToolchainError, match=r"release of dl\.k8s\.io: .*kubelet is version 1\.2\.3"
        ):
            ensure("kubelet")
        assert [path for path in (tmp_path / "tools").glob("kubelet-*") if path.is_dir()] == []

    def test_without_network_the_next_maker_is_tried_and_the_reason_listed(self, ensure):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            address = f"127.0.0.1:{closed.getsockname()[1]}"

        with pytest.raises(ToolchainError) as raised:
            ensure("kubelet", server=f"http://{address}")

        release, module = str(raised.value).splitlines()[-2:]
        assert release.startswith(
            f"  - release of dl.k8s.io: {address} cannot be reached: Connection refused"
        )
        assert module.startswith("  - Go module toolchain/kubernetes: Go is not on PATH; install")

    def test_every_entry_has_a_checksum_and_a_version_or_takes_one(self, tmp_path):
        entries = tomllib.loads(TABLE.read_text())
        releases = read_releases(TABLE, Downloader(tmp_path, {}))

        for name, entry in entries.items():
            made = releases.release(name, entry.get("version", "9.8.7"))
            assert made.url.startswith("https://")
            assert "{version}" in made.url
            assert "sha256" in made.checksums.lower()

    def test_a_table_that_lacks_an_entry(self, tmp_path):
        file = tmp_path / "releases.toml"
        file.write_text('[widget]\nurl = "https://releases.example/widget"\n')
        releases = read_releases(file, Downloader(tmp_path, {}))

        with pytest.raises(ToolchainError, match=r"releases\.toml: \[widget\] lacks 'version'"):
            releases.release("widget")


class TestInterrupt:
    def test_the_part_that_arrived_is_saved_and_the_rest_not_waited_for(self, releases, tmp_path):
        size = 100_000_000
        path = f"/k8s/release/v{KUBERNETES}/bin/linux/{ARCHITECTURE}/kube-apiserver"
        releases.files[path] = bytes(size)
        releases.drips = True
        environment = {
            "PATH": "/nowhere",
            "HOME": str(tmp_path),
            "MAIDENHAIR_CACHE_DIR": str(tmp_path / "cache"),
            "MAIDENHAIR_MIRRORS": f"https://dl.k8s.io={releases.url}/k8s https://github.com={releases.url}",
        }
        command = [sys.executable, "-m", "maidenhair", "setup", "--profile", "api"]
        checksum = hashlib.sha256(releases.files[path]).hexdigest()
        partial = tmp_path / "cache/tools/downloads" / f"{checksum}.partial"
        with subprocess.Popen(
            command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                eventually(
                    lambda: partial.exists() and partial.stat().st_size,
                    greater_than(0),
                    within=60,
                )
                process.send_signal(signal.SIGINT)
                _, error_output = process.communicate(timeout=300)
            finally:
                process.kill()

        assert (process.returncode, error_output.splitlines()[-1]) == (130, "Interrupted.")
        assert 0 < partial.stat().st_size < size


class TestMirrors:
    def test_pairs(self):
        text = "https://dl.k8s.io=http://10.0.0.1/k8s/  https://github.com=http://10.0.0.1"

        assert parse_mirrors(text) == {
            "https://dl.k8s.io": "http://10.0.0.1/k8s",
            "https://github.com": "http://10.0.0.1",
        }

    @pytest.mark.parametrize("text", ["https://dl.k8s.io", "dl.k8s.io=mirror", "a=b=c"])
    def test_a_text_that_is_not_a_pair(self, text):
        with pytest.raises(
            ConfigurationError, match=r"MAIDENHAIR_MIRRORS: '.*' is not a pair of URLs; use pairs"
        ):
            parse_mirrors(text)


def sums(releases: Releases, path: str) -> bytes:
    """Return the text of checksums that is published beside a file."""
    digest = hashlib.sha256(releases.files[path]).hexdigest()
    return f"{'0' * 64}  other.tar.gz\n{digest}  {Path(path).name}\n".encode()

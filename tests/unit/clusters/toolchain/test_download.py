"""Downloads from a real server on this machine: complete, failed, wrong, stalled, and in two processes at once."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maidenhair.clusters.toolchain import hosts
from maidenhair.clusters.toolchain.download import CHUNK, Downloader
from maidenhair.errors import ToolchainError
from tests.project import ROOT
from tests.unit.clusters.toolchain.release_server import Releases, serving

CONTENT = random.Random(1).randbytes(3_000_000)
FILE, SUM = "/v1/widget", "/v1/widget.sha256"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def releases() -> Iterator[Releases]:
    with serving(Releases({FILE: CONTENT})) as releases:
        yield releases


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "downloads"


@pytest.fixture
def fetch(releases: Releases, folder: Path) -> Callable[..., bytes]:
    """Return a function that downloads the file as a new process would."""

    def fetch(stall_seconds: float = 30.0) -> bytes:
        downloader = Downloader(folder, {}, stall_seconds=stall_seconds)
        with downloader.download(releases.url + FILE, releases.url + SUM) as file:
            return file.read_bytes()

    return fetch


def left(folder: Path) -> list[int]:
    """Return the sizes of the saved parts."""
    return [path.stat().st_size for path in folder.glob("*.partial")]


def test_a_file_is_complete_and_no_part_of_it_stays(fetch, releases, folder):
    assert fetch() == CONTENT
    assert len(releases.requests_of(FILE)) == len(releases.requests_of(SUM)) == 1
    assert {path.suffix for path in folder.iterdir()} == {".lock"}


@pytest.mark.parametrize(
    "text", ["{right}  widget\n", "{wrong}  other\n{right} *widget\n", "{right}  dist/widget"]
)
def test_the_checksum_may_stand_in_lines_with_names(fetch, releases, text):
    right = hashlib.sha256(CONTENT).hexdigest()
    releases.checksums[SUM] = text.format(right=right, wrong="0" * 64)

    assert fetch() == CONTENT


def test_a_wrong_checksum_is_an_error_and_nothing_is_saved(fetch, releases, folder):
    releases.checksums[SUM] = "0" * 64

    with pytest.raises(
        ToolchainError, match=r"/v1/widget: the file's SHA-256 is \w{64}, but 0{64} is published"
    ):
        fetch()
    assert left(folder) == []


def test_a_page_in_place_of_the_checksum(fetch, releases):
    releases.checksums[SUM] = "<html>Please log in</html>"

    with pytest.raises(ToolchainError, match=r"no SHA-256 of widget, but '<html>Please log in"):
        fetch()


def test_a_file_that_is_not_there(fetch, releases, folder):
    del releases.files[FILE]
    with pytest.raises(ToolchainError, match=r"/v1/widget\.sha256: the server answered 404"):
        fetch()

    releases.checksums[SUM] = "0" * 64
    with pytest.raises(ToolchainError, match=r"/v1/widget: the server answered 404 Not Found"):
        fetch()
    assert left(folder) == []


@pytest.mark.parametrize("tag", ['"first"', "Wed, 25 Nov 2026 03:36:36 GMT"])
def test_a_failed_transfer_is_resumed(fetch, releases, tag):
    releases.tag = tag
    releases.cuts = [1_000_000, 500_000]

    assert fetch() == CONTENT
    assert [headers.get("Range") for headers in releases.requests_of(FILE)] == [
        None,
        "bytes=1000000-",
        "bytes=1500000-",
    ]
    assert releases.requests_of(FILE)[1]["If-Range"] == releases.tag


def test_the_next_process_resumes_a_failed_transfer(fetch, releases, folder):
    releases.cuts = [1_000_000, 0]
    with pytest.raises(
        ToolchainError, match=r"transfer failed: .*next attempt resumes after 1000000 bytes"
    ):
        fetch()
    assert left(folder) == [1_000_000]

    assert fetch() == CONTENT
    assert releases.requests_of(FILE)[-1]["Range"] == "bytes=1000000-"


def test_a_changed_file_is_downloaded_again(fetch, releases):
    releases.cuts = [1_000_000, 0]
    with pytest.raises(ToolchainError):
        fetch()

    releases.tag = '"second"'
    assert fetch() == CONTENT


def test_a_file_with_a_weak_tag_is_downloaded_again(fetch, releases):
    releases.tag = 'W/"first"'
    releases.cuts = [1_000_000, 2_000_000]

    assert fetch() == CONTENT
    assert [headers.get("Range") for headers in releases.requests_of(FILE)] == [None, None, None]


def test_a_server_without_ranges_sends_the_whole_file_again(fetch, releases):
    releases.cuts = [1_000_000, 2_000_000]
    releases.ranges = False

    assert fetch() == CONTENT


@pytest.mark.parametrize("saved", [b"x" * 1_000_000, b"x" * len(CONTENT), b"x" * 4_000_000])
def test_a_saved_part_with_wrong_content_is_discarded(fetch, releases, folder, saved):
    releases.cuts = [1_000_000, 0]
    with pytest.raises(ToolchainError):
        fetch()
    [partial] = folder.glob("*.partial")
    partial.write_bytes(saved)

    assert fetch() == CONTENT


def test_a_transfer_that_stalls(fetch, releases, folder):
    releases.cuts, releases.stalls = [1_000_000, 0], True

    with pytest.raises(
        ToolchainError, match=r"no data arrived for 3 s; the next attempt resumes after \d+ b"
    ):
        fetch(stall_seconds=3)
    [saved] = left(folder)
    assert 1_000_000 - CHUNK < saved <= 1_000_000


def test_a_server_that_never_answers(folder):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        downloader = Downloader(folder, {}, stall_seconds=0.3)

        with (
            pytest.raises(ToolchainError, match=r"widget\.sha256: no answer within 0\.3 s"),
            downloader.download(url + FILE, url + SUM),
        ):
            pytest.fail("nothing was served")
        assert "is no longer used: no answer within 0.3 s" in str(
            downloader.obstacle(url + "/other")
        )


def test_a_host_that_cannot_be_reached_is_tried_once(folder):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    downloader = Downloader(folder, {})
    message = f"127.0.0.1:{port} cannot be reached: Connection refused; check the network"

    assert str(downloader.obstacle(f"http://127.0.0.1:{port}{FILE}")).startswith(message)
    with serving(Releases(), port):
        assert str(downloader.obstacle(f"http://127.0.0.1:{port}/other")).startswith(message)
    assert not folder.exists()


def test_a_name_resolution_that_never_ends(folder, monkeypatch):
    never = threading.Event()

    def look_up(*address: object, timeout: float) -> None:
        never.wait()
        raise OSError("too late")

    monkeypatch.setattr(hosts, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(socket, "create_connection", look_up)
    try:
        obstacle = Downloader(folder, {}).obstacle("https://releases.example/widget")
        assert "releases.example cannot be reached: no answer within 0.1 s" in str(obstacle)
    finally:
        never.set()


def test_downloads_can_be_forbidden(releases, folder):
    downloader = Downloader(folder, {}, allowed=False)

    assert str(downloader.obstacle(releases.url)) == "downloads are off; unset MAIDENHAIR_DOWNLOADS"
    assert releases.requests == []


def test_a_mirror_replaces_a_host(releases, folder):
    downloader = Downloader(folder, {"https://releases.example": f"{releases.url}/v1"})

    with downloader.download(
        "https://releases.example/widget", "https://releases.example/widget.sha256"
    ) as file:
        assert file.read_bytes() == CONTENT


def test_the_environments_proxy_is_used(releases, folder, monkeypatch):
    monkeypatch.setenv("http_proxy", releases.url)
    url = f"http://releases.example{FILE}"

    with Downloader(folder, {}).download(url, f"{url}.sha256") as file:
        assert file.read_bytes() == CONTENT
    assert len(releases.requests_of(url)) == 1


@pytest.mark.parametrize("scheme", ["http://", "", "http://user:secret@"])
def test_a_proxy_that_is_not_there_is_named(folder, monkeypatch, scheme):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"{scheme}127.0.0.1:{port}")

    obstacle = Downloader(folder, {}).obstacle("https://releases.example/widget")

    assert str(obstacle).startswith(
        f"releases.example cannot be reached through the proxy 127.0.0.1:{port}: Connection refused"
    )


def test_a_mirrors_password_is_not_in_the_message(releases, folder):
    releases.checksums[SUM] = "0" * 64
    mirror = releases.url.replace("://", "://user:secret@")
    downloader = Downloader(folder, {"https://releases.example": mirror})

    with (
        pytest.raises(ToolchainError) as raised,
        downloader.download(f"https://releases.example{FILE}", f"https://releases.example{SUM}"),
    ):
        pytest.fail("its checksum is wrong")
    assert str(raised.value).startswith(f"{releases.url}{FILE}: the file's SHA-256 is ")
    assert releases.requests_of(FILE)[0]["Authorization"].startswith("Basic ")


def test_a_folder_that_cannot_be_made(releases, tmp_path):
    (tmp_path / "file").write_text("")
    downloader = Downloader(tmp_path / "file/downloads", {})

    with (
        pytest.raises(ToolchainError, match=r"file/downloads: Not a directory"),
        downloader.download(releases.url + FILE, releases.url + SUM),
    ):
        pytest.fail("it was made")


def test_a_full_disk_is_an_error_and_the_part_that_arrived_is_saved(releases, small_disk):
    downloader = Downloader(small_disk, {})

    with (
        pytest.raises(ToolchainError, match=r"disk of .* is full: .*/v1/widget needed 3\.0 MB"),
        downloader.download(releases.url + FILE, releases.url + SUM),
    ):
        pytest.fail("it fitted")
    [saved] = left(small_disk)
    assert 0 < saved < len(CONTENT)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of 1 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "small", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


PROCESS = """
import sys
from pathlib import Path
from maidenhair.clusters.toolchain.download import Downloader

print("ready", flush=True)
sys.stdin.readline()
downloader = Downloader(Path(sys.argv[1]), {})
target = Path(sys.argv[2])
if not target.exists():
    with downloader.download(sys.argv[3], sys.argv[4]) as file:
        file.rename(target.with_name(f"{target.name}-{sys.argv[5]}"))
print("done")
"""


def test_two_processes_that_fetch_one_file_do_not_mix(releases, folder, tmp_path):
    releases.cuts = [1_000_000, 1_000_000, 1_000_000]
    arguments = [folder, tmp_path / "widget", releases.url + FILE, releases.url + SUM]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, *map(str, arguments), str(number)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    assert [process.communicate(timeout=300)[0] for process in processes] == ["done\n"] * 2
    assert [(tmp_path / f"widget-{number}").read_bytes() for number in range(2)] == [CONTENT] * 2

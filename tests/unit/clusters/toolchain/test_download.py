"""Downloads from a real server on this machine: whole, broken off, wrong, stalled, and from two processes at once."""

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
    """Fetch the file as a new process would."""

    def fetch(stall_seconds: float = 30.0) -> bytes:
        downloader = Downloader(folder, {}, stall_seconds=stall_seconds)
        with downloader.fetched(releases.url + FILE, releases.url + SUM) as file:
            return file.read_bytes()

    return fetch


def left(folder: Path) -> list[int]:
    """Return the sizes of the files that are kept."""
    return [path.stat().st_size for path in folder.glob("*.partial")]


def test_a_file_is_given_whole_and_nothing_is_left_of_it(fetch, releases, folder):
    assert fetch() == CONTENT
    assert len(releases.asked(FILE)) == len(releases.asked(SUM)) == 1
    assert {path.suffix for path in folder.iterdir()} == {".lock"}


@pytest.mark.parametrize(
    "text", ["{right}  widget\n", "{wrong}  other\n{right} *widget\n", "{right}  dist/widget"]
)
def test_the_checksum_may_stand_in_lines_with_names(fetch, releases, text):
    right = hashlib.sha256(CONTENT).hexdigest()
    releases.checksums[SUM] = text.format(right=right, wrong="0" * 64)

    assert fetch() == CONTENT


def test_a_wrong_checksum_is_told_and_nothing_kept(fetch, releases, folder):
    releases.checksums[SUM] = "0" * 64

    with pytest.raises(ToolchainError, match=r"/v1/widget: its SHA-256 is \w{64}, but 0{64} is"):
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
def test_a_transfer_that_breaks_off_goes_on_where_it_was(fetch, releases, tag):
    releases.tag = tag
    releases.cuts = [1_000_000, 500_000]

    assert fetch() == CONTENT
    assert [asked.get("Range") for asked in releases.asked(FILE)] == [
        None,
        "bytes=1000000-",
        "bytes=1500000-",
    ]
    assert releases.asked(FILE)[1]["If-Range"] == releases.tag


def test_the_next_process_goes_on_too(fetch, releases, folder):
    releases.cuts = [1_000_000, 0]
    with pytest.raises(ToolchainError, match=r"broke off.*1000000 bytes are kept"):
        fetch()
    assert left(folder) == [1_000_000]

    assert fetch() == CONTENT
    assert releases.asked(FILE)[-1]["Range"] == "bytes=1000000-"


def test_a_file_that_changed_is_fetched_anew(fetch, releases):
    releases.cuts = [1_000_000, 0]
    with pytest.raises(ToolchainError):
        fetch()

    releases.tag = '"second"'
    assert fetch() == CONTENT


def test_a_file_whose_tag_says_little_is_fetched_anew(fetch, releases):
    releases.tag = 'W/"first"'
    releases.cuts = [1_000_000, 2_000_000]

    assert fetch() == CONTENT
    assert [asked.get("Range") for asked in releases.asked(FILE)] == [None, None, None]


def test_a_server_that_cannot_give_parts_is_asked_for_all(fetch, releases):
    releases.cuts = [1_000_000, 2_000_000]
    releases.ranges = False

    assert fetch() == CONTENT


@pytest.mark.parametrize("kept", [b"x" * 1_000_000, b"x" * len(CONTENT), b"x" * 4_000_000])
def test_what_was_kept_and_is_wrong_is_thrown_away(fetch, releases, folder, kept):
    releases.cuts = [1_000_000, 0]
    with pytest.raises(ToolchainError):
        fetch()
    [partial] = folder.glob("*.partial")
    partial.write_bytes(kept)

    assert fetch() == CONTENT


def test_a_transfer_that_stalls(fetch, releases, folder):
    releases.cuts, releases.stalls = [1_000_000, 0], True

    with pytest.raises(ToolchainError, match=r"nothing arrived for 0\.3 s; \d+ bytes are kept"):
        fetch(stall_seconds=0.3)
    [kept] = left(folder)
    assert 1_000_000 - CHUNK < kept <= 1_000_000


def test_a_server_that_never_answers(folder):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        downloader = Downloader(folder, {}, stall_seconds=0.3)

        with (
            pytest.raises(ToolchainError, match=r"widget\.sha256: no answer within 0\.3 s"),
            downloader.fetched(url + FILE, url + SUM),
        ):
            pytest.fail("nothing was served")
        assert "was given up: no answer within 0.3 s" in str(downloader.obstacle(url + "/other"))


def test_a_host_that_cannot_be_reached_is_tried_once(folder):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    downloader = Downloader(folder, {})
    told = f"127.0.0.1:{port} cannot be reached: Connection refused; see to the network"

    assert str(downloader.obstacle(f"http://127.0.0.1:{port}{FILE}")).startswith(told)
    with serving(Releases(), port):
        assert str(downloader.obstacle(f"http://127.0.0.1:{port}/other")).startswith(told)
    assert not folder.exists()


def test_a_name_that_is_looked_up_for_ever(folder, monkeypatch):
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


def test_a_mirror_stands_in_for_a_host(releases, folder):
    downloader = Downloader(folder, {"https://releases.example": f"{releases.url}/v1"})

    with downloader.fetched(
        "https://releases.example/widget", "https://releases.example/widget.sha256"
    ) as file:
        assert file.read_bytes() == CONTENT


def test_the_environments_proxy_is_asked(releases, folder, monkeypatch):
    monkeypatch.setenv("http_proxy", releases.url)
    url = f"http://releases.example{FILE}"

    with Downloader(folder, {}).fetched(url, f"{url}.sha256") as file:
        assert file.read_bytes() == CONTENT
    assert len(releases.asked(url)) == 1


@pytest.mark.parametrize("scheme", ["http://", "", "http://user:secret@"])
def test_a_proxy_that_is_not_there_is_named(folder, monkeypatch, scheme):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"{scheme}127.0.0.1:{port}")

    obstacle = Downloader(folder, {}).obstacle("https://releases.example/widget")

    assert str(obstacle).startswith(
        f"releases.example cannot be reached through the proxy 127.0.0.1:{port}: Connection refused"
    )


def test_a_mirrors_password_is_not_told(releases, folder):
    releases.checksums[SUM] = "0" * 64
    mirror = releases.url.replace("://", "://user:secret@")
    downloader = Downloader(folder, {"https://releases.example": mirror})

    with (
        pytest.raises(ToolchainError) as raised,
        downloader.fetched(f"https://releases.example{FILE}", f"https://releases.example{SUM}"),
    ):
        pytest.fail("its checksum is wrong")
    assert str(raised.value).startswith(f"{releases.url}{FILE}: its SHA-256 is ")
    assert releases.asked(FILE)[0]["Authorization"].startswith("Basic ")


def test_a_folder_that_cannot_be_made(releases, tmp_path):
    (tmp_path / "file").write_text("")
    downloader = Downloader(tmp_path / "file/downloads", {})

    with (
        pytest.raises(ToolchainError, match=r"file/downloads: Not a directory"),
        downloader.fetched(releases.url + FILE, releases.url + SUM),
    ):
        pytest.fail("it was made")


def test_a_full_disk_is_told_and_what_arrived_is_kept(releases, small_disk):
    downloader = Downloader(small_disk, {})

    with (
        pytest.raises(ToolchainError, match=r"disk of .* is full: .*/v1/widget needed 3\.0 MB"),
        downloader.fetched(releases.url + FILE, releases.url + SUM),
    ):
        pytest.fail("it fitted")
    [kept] = left(small_disk)
    assert 0 < kept < len(CONTENT)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder with a disk of its own, of 1 MiB."""
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
    with downloader.fetched(sys.argv[3], sys.argv[4]) as file:
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

    assert [process.communicate(timeout=60)[0] for process in processes] == ["done\n"] * 2
    assert [(tmp_path / f"widget-{number}").read_bytes() for number in range(2)] == [CONTENT] * 2

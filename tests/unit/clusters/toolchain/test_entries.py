"""`maidenhair cache`: what is listed and removed, and what an archive carries to another machine."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import time
from pathlib import Path

import pytest
from filelock import FileLock

from maidenhair.clusters.toolchain.cache import PARTIAL, RECORD
from maidenhair.clusters.toolchain.entries.archive import export_entries, import_entries
from maidenhair.clusters.toolchain.entries.inventory import DAY, list_entries, prune
from maidenhair.errors import ToolchainError


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "tools"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def entry(cache: Path, name: str, idle_days: float = 0) -> Path:
    folder = cache / name
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/widget").write_text(f"program {name}")
    (folder / "bin/widget").chmod(0o755)
    (folder / "bin/gadget").symlink_to("widget")
    (folder / RECORD).write_text("{}")
    used = time.time() - idle_days * DAY
    os.utime(folder / RECORD, (used, used))
    return folder


def names(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.is_dir())


class TestInventory:
    def test_complete_entries_are_listed_with_their_sizes(self, cache, state):
        entry(cache, "widget-1", idle_days=3)
        (cache / "half").mkdir()

        [listed] = list_entries(cache, state)

        assert (listed.name, listed.in_use) == ("widget-1", False)
        assert listed.size == len("program widget-1") + len("widget") + len("{}")
        assert listed.idle_days == pytest.approx(3, abs=0.1)

    def test_an_absent_cache_is_empty(self, cache, state):
        assert list_entries(cache, state) == []
        assert prune(cache, state, 0) == []

    def test_what_was_not_used_for_a_while_is_removed(self, cache, state):
        entry(cache, "old", idle_days=31)
        entry(cache, "new", idle_days=29)

        assert [each.name for each in prune(cache, state, 30)] == ["old"]
        assert names(cache) == ["new"]

    def test_what_a_cluster_uses_stays(self, cache, state):
        folder = entry(cache, "used", idle_days=99)
        file = state / "clusters/one/machines/node-1/machine.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"argv": [f"{folder}/bin/widget"]}))

        assert prune(cache, state, 30) == []
        assert list_entries(cache, state)[0].in_use

    def test_what_a_process_uses_stays(self, cache, state):
        folder = entry(cache, "used", idle_days=99)
        command = ["sh", "-c", "read line", f"{folder}/bin/widget"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert prune(cache, state, 30) == []
            process.kill()
        assert names(cache) == ["used"]

    def test_what_another_process_makes_stays(self, cache, state):
        entry(cache, "going", idle_days=99)
        (cache / f"going.1234{PARTIAL}").mkdir()
        with FileLock(cache / "going.lock"):
            assert prune(cache, state, 30) == []
        assert names(cache) == ["going", f"going.1234{PARTIAL}"]

    def test_unfinished_entries_that_nobody_makes_are_removed(self, cache, state):
        (cache / f"half.1234{PARTIAL}").mkdir(parents=True)
        assert prune(cache, state, 30) == []
        assert names(cache) == []


class TestArchive:
    @pytest.fixture
    def archive(self, cache: Path, tmp_path: Path) -> Path:
        file = tmp_path / "cache.tar"
        export_entries([entry(cache, "one"), entry(cache, "two")], file)
        return file

    @pytest.fixture
    def other(self, tmp_path: Path) -> Path:
        return tmp_path / "other"

    def test_another_cache_gets_the_entries(self, archive, other):
        assert import_entries(archive, other) == (["one", "two"], [])

        assert names(other) == ["one", "two"]
        assert (other / "one/bin/gadget").readlink() == Path("widget")
        assert os.access(other / "one/bin/widget", os.X_OK)
        assert (other / "two/bin/gadget").read_text() == "program two"

    def test_what_is_there_stays(self, archive, cache):
        (cache / "one/bin/widget").write_text("mine")

        assert import_entries(archive, cache) == ([], ["one", "two"])
        assert (cache / "one/bin/widget").read_text() == "mine"

    def test_half_an_entry_is_replaced(self, archive, other):
        (other / "one").mkdir(parents=True)
        assert import_entries(archive, other) == (["one", "two"], [])

    def test_an_archive_that_was_cut_off_is_refused(self, archive, other):
        archive.write_bytes(archive.read_bytes()[:2048])
        with pytest.raises(ToolchainError, match=r"cache\.tar.*; export it again"):
            import_entries(archive, other)
        assert names(other) == []

    @pytest.mark.parametrize("path", ["one/bin/widget", "two/more", "two/bin/gadget"])
    def test_a_damaged_archive_is_refused(self, archive, other, tmp_path, path):
        place = tmp_path / "changed"
        with tarfile.open(archive) as content:
            content.extractall(place, filter="tar")
        (place / path).unlink(missing_ok=True)
        (place / path).write_text("changed")
        with tarfile.open(archive, "w") as content:
            content.add(place, ".")

        with pytest.raises(ToolchainError, match=rf"is damaged: {path} is not what was exported"):
            import_entries(archive, other)
        assert names(other) == []

    def test_another_type_of_machine_is_refused(self, archive, other, monkeypatch):
        monkeypatch.setattr("platform.machine", lambda: "riscv64")
        with pytest.raises(
            ToolchainError, match=r"from a machine of type .*, and this one is riscv64"
        ):
            import_entries(archive, other)

    def test_a_file_that_is_no_archive_is_refused(self, other, tmp_path):
        with pytest.raises(ToolchainError, match=r"cannot read .*nowhere"):
            import_entries(tmp_path / "nowhere", other)
        with tarfile.open(tmp_path / "foreign", "w") as content:
            content.add(__file__, "index.json")
        with pytest.raises(ToolchainError, match="is incomplete, or no archive of"):
            import_entries(tmp_path / "foreign", other)

    def test_a_failed_export_leaves_no_file(self, cache, tmp_path):
        with pytest.raises(ToolchainError, match=r"cannot export to .*: No such file"):
            export_entries([entry(cache, "one")], tmp_path / "nowhere/cache.tar")
        with pytest.raises(ToolchainError, match="cannot export to"):
            file = tmp_path / "folder"
            file.mkdir()
            export_entries([cache / "one"], file)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "tools"]

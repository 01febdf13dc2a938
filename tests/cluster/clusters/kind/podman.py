"""A REAL Podman engine for tests: downloaded from Debian, in its own namespaces, with its own storage and settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from maidenhair._util.progress import Progress
from maidenhair.clusters.images.archive import ImageConfig, write_archive
from maidenhair.clusters.images.layers import Entry, File, Folder, write_layer
from maidenhair.clusters.images.libraries import libraries_of, library_entries
from maidenhair.clusters.toolchain import Tool, Toolchain
from maidenhair.clusters.toolchain.debian_packages import DebianPackage
from maidenhair.clusters.toolchain.model import Component
from maidenhair.config.cluster import Settings
from tests.fakes.engine import write_program

OURS = (
    Component("podman", (DebianPackage("podman", "podman", "usr/bin/podman"),)),
    Component("netavark", (DebianPackage("netavark", "netavark", "usr/lib/podman/netavark"),)),
)
OTHERS = ("runc", "iptables")

SETTINGS = """
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
conmon_path = ["{conmon}"]
helper_binaries_dir = ["{helpers}"]
runtime = "runc"
tmp_dir = "{folder}/run/libpod"
static_dir = "{folder}/lib/libpod"
volume_path = "{folder}/lib/volumes"
[engine.runtimes]
runc = ["{runtime}"]
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
"""
STORAGE = """
[storage]
driver = "overlay"
runroot = "{folder}/run/storage"
graphroot = "{folder}/lib/storage"
"""
POLICY = {"default": [{"type": "insecureAcceptAnything"}]}
# runc fails if Podman requests higher resource limits than the kernel grants.
RUNTIME = """
import json, os, sys
words = sys.argv[1:]
if "create" in words:
    path = os.path.join(words[words.index("--bundle") + 1], "config.json")
    with open(path) as file:
        spec = json.load(file)
    spec["process"].pop("rlimits", None)
    with open(path, "w") as file:
        json.dump(spec, file)
os.execv("{runc}", ["{runc}", *words])
"""
# kind mounts /lib/modules, which not every machine has: it is made where only the engine sees it.
INSIDE = """
set -e
ip link set lo up
mount --make-rprivate /
if ! [ -d /lib/modules ]; then
    mkdir -p "$0/upper/modules" "$0/work"
    lib=$(realpath /lib)
    mount -t overlay -o "lowerdir=$lib,upperdir=$0/upper,workdir=$0/work" overlay "$lib"
fi
echo ready
read end
"""


@dataclass(frozen=True)
class Podman:
    """The engine, controlled by the command `podman` in `bin_folder`."""

    bin_folder: Path

    def run(self, *words: str) -> str:
        """Run a podman command, and return its output."""
        command = [str(self.bin_folder / "podman"), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def components() -> Mapping[str, Tool]:
    """Provide Podman and the programs that it needs.

    Raises:
        ToolchainError: they cannot be had.
    """
    settings, progress = Settings(), Progress()
    ours = Toolchain(settings, progress, components=OURS)
    return {**ours.ensure(ours.names), **Toolchain(settings, progress).ensure(OTHERS)}


@contextmanager
def running(tools: Mapping[str, Tool], folder: Path) -> Iterator[Podman]:
    """Yield the engine in network and mount namespaces that exist during the `with` block only."""
    bin_folder = folder / "bin"
    bin_folder.mkdir(parents=True)
    environment = _configure(tools, folder)
    command = ["unshare", "--net", "--mount", "sh", "-c", INSIDE, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as inside:
        assert inside.stdin is not None and inside.stdout is not None
        assert inside.stdout.readline() == "ready\n"
        set_up = " ".join(f"{name}='{value}'" for name, value in environment.items())
        enter = f"nsenter --net=/proc/{inside.pid}/ns/net --mount=/proc/{inside.pid}/ns/mnt"
        write_program(
            bin_folder / "podman", f'exec env {set_up} {enter} {tools["podman"].path} "$@"'
        )
        podman = Podman(bin_folder)
        try:
            yield podman
        finally:
            podman.run("rm", "--all", "--force", "--time=0", "--volumes")
            inside.stdin.close()
            _remove_cgroups()


def write_node_image(folder: Path, name: str) -> Path:
    """Write an archive of a node image that prints a kind node's start message and then does nothing."""
    programs = [Path("/bin/sh").resolve(), Path("/bin/sleep").resolve()]
    files: list[Entry] = [
        File(f"/bin/{p}", q, 0o755) for p, q in zip(("sh", "sleep"), programs, strict=True)
    ]
    entries = [*files, *library_entries(libraries_of(programs).found), Folder("/tmp", 0o1777)]
    layer = write_layer(entries, folder / "layer.tar")
    script = "trap exit TERM; echo Reached target Multi-User System.; sleep 600 & wait"
    config = ImageConfig(entrypoint=("/bin/sh", "-c", script), environment={"PATH": "/bin"})
    archive = folder / "node.tar"
    write_archive(archive, name, [layer], config)
    return archive


def _remove_cgroups() -> None:
    """Remove the empty cgroups that Podman leaves. Those of another Podman's containers are not empty."""
    for group in sorted(Path("/sys/fs/cgroup").glob("*/libpod_parent/**/"), reverse=True):
        with suppress(OSError):
            group.rmdir()


def _configure(tools: Mapping[str, Tool], folder: Path) -> dict[str, str]:
    usr = tools["podman"].path.parent.parent
    runtime = folder / "bin" / "runtime"
    script = folder / "runtime.py"
    script.write_text(RUNTIME.format(runc=tools["runc"].path).lstrip())
    write_program(runtime, f'exec {sys.executable} -IS {script} "$@"')
    values = {
        "folder": folder,
        "conmon": usr / "bin" / "conmon",
        "helpers": tools["netavark"].path.parent,
        "runtime": runtime,
    }
    (folder / "containers.conf").write_text(SETTINGS.format(**values))
    (folder / "storage.conf").write_text(STORAGE.format(**values))
    (folder / "registries.conf").write_text("unqualified-search-registries = []\n")
    policy = folder / ".config" / "containers" / "policy.json"
    policy.parent.mkdir(parents=True)
    policy.write_text(json.dumps(POLICY))
    libraries = [each.environment.get("LD_LIBRARY_PATH", "") for each in tools.values()]
    path = [str(folder / "bin"), str(usr / "bin"), str(tools["iptables"].path), os.environ["PATH"]]
    return {
        **tools["iptables"].environment,
        "HOME": str(folder),
        "PATH": os.pathsep.join(path),
        "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries)),
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "CONTAINERS_REGISTRIES_CONF": str(folder / "registries.conf"),
    }

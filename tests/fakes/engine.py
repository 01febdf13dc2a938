"""The FAKE docker command beside this file, as tests use it: its files, put on PATH, and its recorded calls."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(__file__).with_name("docker.py")


@dataclass(frozen=True)
class FakeDocker:
    """The fake engine; nothing runs in it.

    Attributes:
        folder: what its command finds by the variable FAKE_DOCKER.
    """

    folder: Path

    def install(self, bin_folder: Path) -> None:
        """Put its command, docker, into a folder of PATH."""
        self.folder.mkdir()
        for name in ("images", "containers", "calls"):
            (self.folder / name).touch()
        write_program(bin_folder / "docker", f'exec {sys.executable} -IS {PROGRAM} "$@"')

    def calls(self, command: str) -> list[list[str]]:
        """Return the calls of one command."""
        lines = (self.folder / "calls").read_text().splitlines()
        return [call for call in map(json.loads, lines) if call[0] == command]

    def names(self) -> list[str]:
        """Return the names of its containers."""
        lines = (self.folder / "containers").read_text().splitlines()
        return sorted(json.loads(line)["Name"].strip("/") for line in lines)

    def add_image(self, image: str) -> None:
        """Add an image."""
        with (self.folder / "images").open("a") as file:
            print(image, file=file)

    def take_port(self, count: int) -> None:
        """Refuse every container that wants port 50051, when `count` containers, it included, were requested."""
        (self.folder / "port-taken").write_text(str(count))

    def hang(self) -> None:
        """Never finish running a container, like an engine whose node does not start."""
        (self.folder / "hang").touch()

    def add_container(self, name: str, cluster: str, role: str, *mounts: Path) -> None:
        """Add a container as kind creates it."""
        labels = {"io.x-k8s.kind.cluster": cluster, "io.x-k8s.kind.role": role}
        container = {
            "Id": f"id-{name}",
            "Name": f"/{name}",
            "State": {"Status": "running"},
            "Mounts": [{"Source": str(mount)} for mount in mounts],
            "Config": {"Labels": labels},
        }
        with (self.folder / "containers").open("a") as file:
            print(json.dumps(container), file=file)


def write_program(path: Path, script: str) -> None:
    """Write an executable that runs shell commands."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)

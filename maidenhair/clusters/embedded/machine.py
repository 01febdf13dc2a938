"""A machine of an embedded cluster: a supervisor, by itself or first process of namespaces of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from maidenhair.clusters.embedded.waits import wait_until
from maidenhair.errors import ClusterError

MARK = "MAIDENHAIR_MACHINE"
"""The environment variable that names the folder of the machine a process belongs to."""
START_SECONDS = 60.0
STOP_SECONDS = 30.0
LOG_LINES = 15


@dataclass(frozen=True)
class Mount:
    """A mount of a machine's own: `kind` is "tmpfs", "bind" (of `source`) or "overlay" (changes kept in `source`)."""

    kind: str
    target: str
    source: str = ""
    shared: bool = False


@dataclass(frozen=True)
class Component:
    """A program that a machine runs: the name of its log, its command line and what it adds to the environment."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


class Machine:
    """One machine.

    Args:
        name: the machine's name, its host name when it has namespaces.
        folder: where it keeps its files.
        namespaces: whether it has network, mount, PID, IPC and UTS namespaces of its own (needs root).
    """

    def __init__(self, name: str, folder: Path, namespaces: bool) -> None:
        self.name = name
        self.folder = folder
        self._namespaces = namespaces

    def start(self, mounts: Iterable[Mount] = ()) -> None:
        """Start the machine, without components.

        Raises:
            ClusterError: it did not start; the text has what its supervisor printed.
        """
        (self.folder / "log").mkdir(parents=True)
        os.mkfifo(self.folder / "commands", 0o600)
        machine = {
            "name": self.name,
            "namespaces": self._namespaces,
            "mounts": [asdict(mount) for mount in mounts],
        }
        (self.folder / "machine.json").write_text(json.dumps(machine))
        with (self.folder / "log" / "supervisor.log").open("wb") as log:
            process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, MARK: str(self.folder), "PYTHONUNBUFFERED": "1"},
            )
        self._wait_until_ready(process)

    def run(self, component: Component) -> None:
        """Start a component; a component of that name must not run already."""
        self._send({"start": asdict(component)})

    def status(self) -> dict[str, dict[str, Any]]:
        """Return the state of each component: its pid in the machine, "running" or "exited", and its exit code."""
        try:
            status: dict[str, dict[str, Any]] = json.loads(
                (self.folder / "status.json").read_text()
            )
        except FileNotFoundError:
            return {}
        return status

    def check(self) -> None:
        """Raise ClusterError, with its last lines, if a component of the machine ended."""
        for name, state in self.status().items():
            if state["state"] != "running":
                raise ClusterError(
                    f"{name} on {self.name} ended with exit code {state['exit_code']}; its last lines "
                    f"({self.folder / 'log' / name}.log):\n{self.last_lines(name)}"
                )

    def last_lines(self, component: str, count: int = LOG_LINES) -> str:
        """Return the last lines that a component printed."""
        path = self.folder / "log" / f"{component}.log"
        if not path.exists():
            return ""
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:])

    @property
    def alive(self) -> bool:
        """Whether the machine's supervisor runs."""
        return bool(processes_of(self.folder))

    @property
    def pid(self) -> int:
        """The process, seen from the host, whose namespaces are the machine's.

        Raises:
            ClusterError: the machine does not run.
        """
        for process in processes_of(self.folder):
            if not self._namespaces or Path(process.name()).name != "unshare":
                return process.pid
        raise ClusterError(
            f"machine {self.name} does not run; `maidenhair cluster down` removes what is left"
        )

    def path(self, inside: str) -> Path:
        """Return the path, seen from the host, of a path of the machine."""
        return Path(f"/proc/{self.pid}/root{inside}")

    def command(self, *argv: str) -> list[str]:
        """Return the command line that runs `argv` inside the machine."""
        if not self._namespaces:
            return list(argv)
        return [
            "nsenter",
            "--target",
            str(self.pid),
            "--mount",
            "--pid",
            "--net",
            "--uts",
            "--",
            *argv,
        ]

    def _command(self) -> list[str]:
        supervisor = [
            sys.executable,
            "-m",
            "maidenhair.clusters.embedded.supervisor",
            str(self.folder),
        ]
        if not self._namespaces:
            return supervisor
        unshare = shutil.which("unshare")
        if unshare is None:
            raise ClusterError("unshare is not on PATH; install util-linux")
        return [
            unshare,
            *[
                "--net",
                "--mount",
                "--pid",
                "--ipc",
                "--uts",
                "--fork",
                "--kill-child",
                "--mount-proc",
            ],
            *supervisor,
        ]

    def _send(self, command: Mapping[str, Any]) -> None:
        line = json.dumps(command).encode() + b"\n"
        try:
            descriptor = os.open(self.folder / "commands", os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            raise ClusterError(
                f"machine {self.name} takes no commands ({error}); it does not run"
            ) from error
        with os.fdopen(descriptor, "wb", buffering=0) as fifo:
            os.set_blocking(descriptor, True)
            fifo.write(line)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        def problem() -> str:
            if process.poll() is not None:
                raise ClusterError(
                    f"machine {self.name} did not start (exit code {process.returncode}):\n"
                    + self.last_lines("supervisor")
                )
            return "" if (self.folder / "status.json").exists() else "its supervisor is not ready"

        wait_until(problem, START_SECONDS, f"machine {self.name} to start")


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return the processes that belong to the machine of `folder`, or to any machine below it."""
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(MARK)
        except psutil.Error:
            continue
        if mark and Path(mark).is_relative_to(folder) and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def kill_all(folder: Path) -> None:
    """Kill every process of the machines below `folder` and wait until they are gone.

    Raises:
        ClusterError: some did not die.
    """
    processes = processes_of(folder)
    for process in processes:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    # In a container the first process may not reap orphans: a zombie is as gone as it gets.
    deadline = time.monotonic() + STOP_SECONDS
    while (alive := processes_of(folder)) and time.monotonic() < deadline:
        psutil.wait_procs(alive, timeout=0.05)
    if alive:
        raise ClusterError(
            f"processes {[process.pid for process in alive]} of {folder} did not die when killed"
        )

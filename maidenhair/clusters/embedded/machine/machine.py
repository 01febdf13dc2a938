"""A machine of an embedded cluster: a supervisor, by itself or first process of namespaces of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from maidenhair._util.files import write_atomically
from maidenhair.clusters.polling import wait_until
from maidenhair.clusters.processes import (
    MARK,
    first_process,
    freeze,
    is_frozen,
    kill_all,
    processes_of,
    thaw,
)
from maidenhair.errors import ClusterError

START_SECONDS = 60.0
LOG_LINES = 15
# Collecting garbage takes a quarter of the API server's time at Go's own setting of 100.
GO_SETTINGS = {"GOGC": "300"}


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
    """One machine. What it runs is written down in its folder, so that any process can start it again.

    Args:
        name: the machine's name, its host name when it has namespaces.
        folder: where it keeps its files.
        namespaces: whether it has network, mount, PID, IPC and UTS namespaces of its own (needs root).
    """

    def __init__(self, name: str, folder: Path, namespaces: bool) -> None:
        self.name = name
        self.folder = folder
        self._namespaces = namespaces

    def install(self, components: Iterable[Component] = (), mounts: Iterable[Mount] = ()) -> None:
        """Write down what the machine mounts when it starts, and the components that it can run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        machine = {
            "name": self.name,
            "namespaces": self._namespaces,
            "mounts": [asdict(mount) for mount in mounts],
            "components": {component.name: asdict(component) for component in components},
        }
        write_atomically(self.folder / "machine.json", json.dumps(machine))

    def start(self) -> None:
        """Start the machine as it was installed, without components; it must not run.

        Raises:
            ClusterError: it did not start; the text has what its supervisor printed.
        """
        (self.folder / "log").mkdir(exist_ok=True)
        for leftover in ("commands", "status.json"):
            (self.folder / leftover).unlink(missing_ok=True)
        os.mkfifo(self.folder / "commands", 0o600)
        with (self.folder / "log" / "supervisor.log").open("ab") as log:
            process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={
                    **GO_SETTINGS,
                    **os.environ,
                    MARK: str(self.folder),
                    "PYTHONUNBUFFERED": "1",
                },
            )
        self._wait_until_ready(process)

    def kill(self) -> None:
        """Kill every process of the machine, without warning, and wait until its supervisor is gone.

        Raises:
            ClusterError: it did not die.
        """
        kill_all(self.folder)

    def run(self, component: str) -> None:
        """Start a component that was installed and does not run."""
        self._send({"start": component})

    def restart(self, component: str) -> None:
        """Kill a component, or find that it ended, and start it with the same flags; return when it runs.

        Raises:
            ClusterError: it did not start.
        """
        before = self.status().get(component, {}).get("pid")
        self._send({"restart": component})

        def problem() -> str:
            now = self.status().get(component, {})
            if now.get("state") == "exited" and now.get("pid") != before:
                self.check()
            new = now.get("state") == "running" and now["pid"] != before
            return "" if new else f"its state is {now}"

        wait_until(problem, START_SECONDS, f"{component} on {self.name} to start again")

    def pause(self) -> None:
        """Freeze every process of the machine."""
        freeze(self._first())

    def resume(self) -> None:
        """Let a paused machine go on."""
        thaw(self._first())

    def status(self) -> dict[str, dict[str, Any]]:
        """Return the state of each component: its pid in the machine, "running" or "exited", and its exit code."""
        try:
            status: dict[str, dict[str, Any]] = json.loads(
                (self.folder / "status.json").read_text()
            )
        except FileNotFoundError:
            return {}
        return status

    def components(self) -> tuple[str, ...]:
        """Return the names of the components that were installed, in the order in which they start."""
        try:
            machine = json.loads((self.folder / "machine.json").read_text())
        except FileNotFoundError:
            return ()
        return tuple(machine["components"])

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
    def paused(self) -> bool:
        """Whether the machine is frozen, if only half: killed in the middle, `pause` leaves it so."""
        return any(is_frozen(process) for process in processes_of(self.folder))

    @property
    def pid(self) -> int:
        """The process, seen from the host, whose namespaces are the machine's.

        Raises:
            ClusterError: the machine does not run.
        """
        return self._first().pid

    def path(self, inside: str) -> Path:
        """Return the path, seen from the host, of a path of the machine."""
        return Path(f"/proc/{self.pid}/root{inside}")

    def command(self, *argv: str) -> list[str]:
        """Return the command line that runs `argv` inside the machine."""
        if not self._namespaces:
            return list(argv)
        entered = ("--mount", "--pid", "--net", "--uts")
        return ["nsenter", "--target", str(self.pid), *entered, "--", *argv]

    def _first(self) -> psutil.Process:
        """Return the supervisor: the first of the machine's processes, but for `unshare`, which stays outside."""
        first = first_process(self.folder, exclude="unshare")
        if first is None:
            raise ClusterError(
                f"machine {self.name} does not run; `maidenhair cluster down` removes what is left"
            )
        return first

    def _command(self) -> list[str]:
        module = "maidenhair.clusters.embedded.machine.supervisor"
        supervisor = [sys.executable, "-m", module, str(self.folder)]
        if not self._namespaces:
            return supervisor
        unshare = shutil.which("unshare")
        if unshare is None:
            raise ClusterError("unshare is not on PATH; install util-linux")
        namespaces = ("--net", "--mount", "--pid", "--ipc", "--uts")
        return [unshare, *namespaces, "--fork", "--kill-child", "--mount-proc", *supervisor]

    def _send(self, command: Mapping[str, str]) -> None:
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

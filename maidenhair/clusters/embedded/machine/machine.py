"""A machine of an embedded cluster: a supervisor process and its children, on the host or in new namespaces."""

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
# With Go's default GOGC=100 the API server spends a quarter of its time on garbage collection.
GO_SETTINGS = {"GOGC": "300"}


@dataclass(frozen=True)
class Mount:
    """A mount in a machine's mount namespace.

    Attributes:
        kind: "tmpfs", "bind" (mounts `source`) or "overlay" (stores changes of `target` in `source`).
        target: the mount point.
        source: the folder for "bind" and "overlay".
        shared: whether mounts below it propagate.
    """

    kind: str
    target: str
    source: str = ""
    shared: bool = False


@dataclass(frozen=True)
class Component:
    """A program that a machine runs.

    Attributes:
        name: the component's name, which is also that of its log.
        argv: the command line.
        environment: variables to add to the machine's environment.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


class Machine:
    """One machine. Its folder records its components and mounts, so that any process can start it again.

    Args:
        name: the machine's name; also its host name if it has namespaces.
        folder: the folder of its files.
        namespaces: whether it has its own network, mount, PID, IPC and UTS namespaces, which need root.
    """

    def __init__(self, name: str, folder: Path, namespaces: bool) -> None:
        self.name = name
        self.folder = folder
        self._namespaces = namespaces

    def install(self, components: Iterable[Component] = (), mounts: Iterable[Mount] = ()) -> None:
        """Record the components that the machine can run, and the mounts that it makes at its start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        machine = {
            "name": self.name,
            "namespaces": self._namespaces,
            "mounts": [asdict(mount) for mount in mounts],
            "components": {component.name: asdict(component) for component in components},
        }
        write_atomically(self.folder / "machine.json", json.dumps(machine))

    def start(self) -> None:
        """Start the installed machine without components. It must not be running.

        Raises:
            ClusterError: it did not start; the message has the last lines of its supervisor.
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
        """Kill every process of the machine, and wait until they are gone.

        Raises:
            ClusterError: a process still runs after it was killed.
        """
        kill_all(self.folder)

    def run(self, component: str) -> None:
        """Start an installed component that is not running."""
        self._send({"start": component})

    def restart(self, component: str) -> None:
        """Kill a component if it runs, start it with the same flags, and wait until it runs.

        Raises:
            ClusterError: the component did not start.
        """
        before = self.status().get(component, {}).get("pid")
        self._send({"restart": component})

        def problem() -> str:
            now = self.status().get(component, {})
            if now.get("state") == "exited" and now.get("pid") != before:
                self.check()
            new = now.get("state") == "running" and now["pid"] != before
            return "" if new else f"its state is {now}"

        wait_until(problem, START_SECONDS, f"{component} on machine {self.name} to start again")

    def pause(self) -> None:
        """Freeze every process of the machine."""
        freeze(self._first())

    def resume(self) -> None:
        """Resume a paused machine."""
        thaw(self._first())

    def status(self) -> dict[str, dict[str, Any]]:
        """Return each component's "pid" in the machine, "state" ("running" or "exited") and "exit_code", by name."""
        try:
            status: dict[str, dict[str, Any]] = json.loads(
                (self.folder / "status.json").read_text()
            )
        except FileNotFoundError:
            return {}
        return status

    def components(self) -> tuple[str, ...]:
        """Return the names of the installed components, in the order in which they start."""
        try:
            machine = json.loads((self.folder / "machine.json").read_text())
        except FileNotFoundError:
            return ()
        return tuple(machine["components"])

    def check(self) -> None:
        """Check that all started components run.

        Raises:
            ClusterError: a component exited; the message has its last lines.
        """
        for name, state in self.status().items():
            if state["state"] != "running":
                raise ClusterError(
                    f"{name} on machine {self.name} exited with code {state['exit_code']}; last lines of "
                    f"{self.folder / 'log' / name}.log:\n{self.last_lines(name)}"
                )

    def last_lines(self, component: str, count: int = LOG_LINES) -> str:
        """Return the last `count` lines of a component's log."""
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
        """Whether any process of the machine is frozen; after an interrupted `pause` not all are."""
        return any(is_frozen(process) for process in processes_of(self.folder))

    @property
    def pid(self) -> int:
        """The pid on the host of the machine's first process, whose namespaces are the machine's.

        Raises:
            ClusterError: the machine is not running.
        """
        return self._first().pid

    def path(self, inside: str) -> Path:
        """Return the path on the host of a path inside the machine."""
        return Path(f"/proc/{self.pid}/root{inside}")

    def command(self, *argv: str) -> list[str]:
        """Return the command line that runs `argv` inside the machine."""
        if not self._namespaces:
            return list(argv)
        namespaces = ("--mount", "--pid", "--net", "--uts")
        return ["nsenter", "--target", str(self.pid), *namespaces, "--", *argv]

    def _first(self) -> psutil.Process:
        """Return the supervisor. `unshare`, its parent, is older but is not in the namespaces."""
        first = first_process(self.folder, exclude="unshare")
        if first is None:
            raise ClusterError(
                f"machine {self.name} is not running; remove the cluster with `maidenhair cluster down`"
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
                f"machine {self.name} is not running: cannot send it a command: {error}"
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
            return "" if (self.folder / "status.json").exists() else "the supervisor is not ready"

        wait_until(problem, START_SECONDS, f"machine {self.name} to start")

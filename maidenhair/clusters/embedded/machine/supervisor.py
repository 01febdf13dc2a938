"""The supervisor of one machine (control plane or node): start its components and reap exited processes.

Run as `python -m maidenhair.clusters.embedded.machine.supervisor FOLDER`. With namespaces it is the first process of a
PID namespace, so every process of the machine dies with it. It imports the standard library alone, so that it starts
quickly. Files in its folder:

    machine.json    input: the machine's name, its mounts, and the command line of each component
    commands        input: a FIFO; a line is {"start": component} or {"restart": component}
    status.json     output: {component: {"pid": …, "state": "running"|"exited", "exit_code": …}}; exists when ready
    log/NAME.log    output: the log of a component
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maidenhair._util.files import write_atomically

PR_SET_PDEATHSIG = 1


class Supervisor:
    """Run the components of the machine in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._restarting: set[str] = set()
        self._status: dict[str, dict[str, Any]] = {}

    def run(self) -> None:
        """Obey commands and reap processes, until the process is killed."""
        commands = self._folder / "commands"
        # Opened for writing too, so that the FIFO never reports end of file.
        fifo = os.fdopen(os.open(commands, os.O_RDWR), "rb", buffering=0)
        wake, signalled = socket.socketpair()
        signalled.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(signalled.fileno(), warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            selector.register(fifo, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            self._write_status()
            pending = b""
            while True:
                for key, _ in selector.select():
                    if key.fileobj is wake:
                        wake.recv(4096)
                        self._reap()
                    else:
                        *lines, pending = (pending + fifo.read(65536)).split(b"\n")
                        for line in lines:
                            self._obey(json.loads(line))

    def _obey(self, command: Mapping[str, str]) -> None:
        if "start" in command:
            self._start(command["start"])
        if "restart" in command:
            name = command["restart"]
            if name in self._processes:
                # Started again in `_reap`, so that the status never shows it as exited.
                self._restarting.add(name)
                self._processes[name].kill()
            else:
                self._start(name)

    def _start(self, name: str) -> None:
        component = json.loads((self._folder / "machine.json").read_text())["components"][name]
        argv, environment = component["argv"], component["environment"]
        with (self._folder / "log" / f"{name}.log").open("ab") as log:
            try:
                process = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, **environment},
                    preexec_fn=_die_with_parent,
                )
            except OSError as error:
                log.write(f"{argv[0]}: {error}\n".encode())
                self._status[name] = {"pid": 0, "state": "exited", "exit_code": 127}
            else:
                self._processes[name] = process
                self._status[name] = {"pid": process.pid, "state": "running", "exit_code": None}
        self._write_status()

    def _reap(self) -> None:
        names = {process.pid: name for name, process in self._processes.items()}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            name = names.get(pid)
            if name is not None:
                code = os.waitstatus_to_exitcode(status)
                self._processes.pop(name).returncode = code
                self._status[name] = {"pid": pid, "state": "exited", "exit_code": code}
        for name in sorted(self._restarting - set(self._processes)):
            self._restarting.remove(name)
            self._start(name)
        self._write_status()

    def _write_status(self) -> None:
        write_atomically(self._folder / "status.json", json.dumps(self._status))


def main() -> None:
    """Prepare the machine in the folder that is the only argument, then supervise it."""
    folder = Path(sys.argv[1])
    machine = json.loads((folder / "machine.json").read_text())
    if machine["namespaces"]:
        socket.sethostname(machine["name"])
        for mount in machine["mounts"]:
            _mount(**mount)
        _enable_forwarding()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    Supervisor(folder).run()


def _enable_forwarding() -> None:
    """Let the machine forward packets. It sends no ICMP redirects, because the shorter routes may disappear."""
    settings = Path("/proc/sys/net/ipv4")
    (settings / "ip_forward").write_text("1")
    for scope in ("all", "default"):
        (settings / "conf" / scope / "send_redirects").write_text("0")


def _mount(kind: str, target: str, source: str = "", shared: bool = False) -> None:
    """Mount on `target` an empty tmpfs, the folder `source`, or an overlay that stores changes in `source`."""
    Path(target).mkdir(parents=True, exist_ok=True)
    if kind == "tmpfs":
        _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", target)
    elif kind == "bind":
        _run("mount", "--bind", source, target)
    else:
        upper, work = Path(source, "upper"), Path(source, "work")
        upper.mkdir(parents=True)
        work.mkdir()
        options = f"lowerdir={target},upperdir={upper},workdir={work}"
        _run("mount", "-t", "overlay", "-o", options, "overlay", target)
    if shared:
        _run("mount", "--make-rshared", target)


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()

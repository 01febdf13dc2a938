"""Process identities that another process on the same machine can look up."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import psutil

PROC = Path("/proc")


@dataclass(frozen=True)
class ProcessIdentity:
    """The identity of one process, unique among all processes of all machines.

    Attributes:
        boot: the machine's boot id.
        namespace: the PID namespace that `pid` belongs to; empty if the operating system has none.
        pid: the process id.
        started: the start mark, because a later process may get the same pid.
    """

    boot: str
    namespace: str
    pid: int
    started: int

    @classmethod
    def current(cls) -> Self:
        """Return the identity of this process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Self:
        """Return the identity of a process of this machine.

        Raises:
            psutil.NoSuchProcess: no process has this pid.
        """
        return cls(_boot(), _namespace(), pid, start_mark(pid))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse the text of `str(identity)`; None if `text` is something else."""
        try:
            values = json.loads(text)
            return cls(
                str(values["boot"]),
                str(values["namespace"]),
                int(values["pid"]),
                int(values["started"]),
            )
        except (ValueError, KeyError, TypeError):
            return None

    def __str__(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def is_local(self) -> bool:
        """Return whether this process can look up the other one: same boot, same PID namespace."""
        return (self.boot, self.namespace) == (_boot(), _namespace())

    def is_alive(self) -> bool:
        """Return whether the process runs. Call only if `is_local()`."""
        try:
            if psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE:
                return False
            return start_mark(self.pid) == self.started
        except psutil.NoSuchProcess:
            return False

    def may_be_alive(self) -> bool:
        """Return whether the process may run. A process of another container counts as alive until the next boot."""
        return self.is_alive() if self.is_local() else self.boot == _boot()


def start_mark(pid: int) -> int:
    """Return a number that grows with a process's start time and does not depend on the clock.

    Raises:
        psutil.NoSuchProcess: no process has this pid.
    """
    if not PROC.joinpath("self/stat").is_file():
        return round(psutil.Process(pid).create_time())
    try:
        # Field 22 of proc(5): clock ticks from boot to start. psutil's create_time changes with the clock.
        stat = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        raise psutil.NoSuchProcess(pid) from None
    return int(stat.rpartition(")")[2].split()[19])


def _boot() -> str:
    boot = PROC / "sys/kernel/random/boot_id"
    if not boot.is_file():
        return f"{os.uname().nodename} since {psutil.boot_time():.0f}"
    return boot.read_text().strip()


def _namespace() -> str:
    # Containers share the machine's boot id, but each has its own pids.
    own = PROC / "self/ns/pid"
    return str(own.readlink()) if own.is_symlink() else ""

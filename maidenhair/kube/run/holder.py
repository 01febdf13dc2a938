"""Who holds a run's Lease: a process that another one on the same machine can look up."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import psutil

PROC = Path("/proc")


@dataclass(frozen=True)
class Holder:
    """A process, told apart from every other one.

    Attributes:
        machine: the boot and the process namespace in which `pid` means anything.
        pid: the process.
        started: a mark of its start, so that a later process with the same number is another.
    """

    machine: str
    pid: int
    started: str

    @classmethod
    def current(cls) -> Self:
        """Return this process."""
        return cls(_machine(), os.getpid(), _start_mark(os.getpid()))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the holder that `str(holder)` told, or None if `text` tells of none."""
        try:
            values = json.loads(text)
            return cls(str(values["machine"]), int(values["pid"]), str(values["started"]))
        except (ValueError, KeyError, TypeError):
            return None

    def __str__(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def is_local(self) -> bool:
        """Return whether this machine can tell if the process lives."""
        return self.machine == _machine()

    def lives(self) -> bool:
        """Return whether the process lives; ask only where `is_local`."""
        try:
            if psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE:
                return False
            return _start_mark(self.pid) == self.started
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            return False


def _machine() -> str:
    boot = PROC / "sys/kernel/random/boot_id"
    if not boot.is_file():
        return f"{os.uname().nodename} since {psutil.boot_time():.0f}"
    # Containers share the machine's boot, yet the same number is another process in each.
    return f"{boot.read_text().strip()} {(PROC / 'self/ns/pid').readlink()}"


def _start_mark(pid: int) -> str:
    stat = PROC / str(pid) / "stat"
    if not PROC.joinpath("self/stat").is_file():
        return f"{psutil.Process(pid).create_time():.0f}"
    # Field 22 of proc(5): clock ticks from boot to start. psutil's create_time moves with the clock.
    return stat.read_text().rpartition(")")[2].split()[19]

"""The processes of machines: found by a mark in their environment, also when nothing was written down of them."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from maidenhair._util.process_identity import start_mark
from maidenhair.errors import ClusterError

MARK = "MAIDENHAIR_MACHINE"
"""The environment variable that names the folder of the machine a process belongs to."""
STOP_SECONDS = 30.0
FREEZE_ROUNDS = 100


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return the processes that belong to the machine of `folder`, or to any machine below it."""
    return [process for process, _ in marked_processes(folder)]


def marked_processes(folder: Path) -> list[tuple[psutil.Process, Path]]:
    """Return the processes of `processes_of`, each with the folder of its machine."""
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(MARK)
            if not mark or process.status() == psutil.STATUS_ZOMBIE:
                continue
        except psutil.Error:
            continue
        if Path(mark).is_relative_to(folder):
            found.append((process, Path(mark)))
    return found


def first_process(folder: Path, outside: str) -> psutil.Process | None:
    """Return the process that started first of those of the machine of `folder`; None: there is none.

    Args:
        folder: the machine's.
        outside: the name of a program that does not count.
    """
    started: dict[psutil.Process, int] = {}
    for process in processes_of(folder):
        # A program that the machine ran may end between two looks.
        with suppress(psutil.NoSuchProcess):
            if process.name() != outside:
                started[process] = start_mark(process.pid)
    return min(started, key=started.__getitem__, default=None)


def kill_all(folder: Path) -> None:
    """Kill every process of the machines below `folder` and wait until they are gone.

    Raises:
        ClusterError: some did not die.
    """
    _signal(processes_of(folder), signal.SIGKILL)
    # In a container the first process may not reap orphans: a zombie is as gone as it gets.
    deadline = time.monotonic() + STOP_SECONDS
    while (alive := processes_of(folder)) and time.monotonic() < deadline:
        psutil.wait_procs(alive, timeout=0.05)
    if alive:
        raise ClusterError(
            f"processes {[process.pid for process in alive]} of {folder} did not die when killed"
        )


def freeze(first: psutil.Process) -> None:
    """Stop a machine's first process, then all that come from it, those of its pods included.

    Raises:
        ClusterError: new ones came up faster than they could be stopped.
    """
    # The first goes first, so that whoever looks sees the machine paused as soon as a part of it is.
    _signal([first], signal.SIGSTOP)
    for _ in range(FREEZE_ROUNDS):
        moving = [each for each in first.children(recursive=True) if not _is_still(each)]
        if not moving:
            return
        _signal(moving, signal.SIGSTOP)
    raise ClusterError(f"process {first.pid} has children that do not stop: {moving}")


def thaw(first: psutil.Process) -> None:
    """Let all that `freeze` stopped go on, the first process last."""
    _signal(first.children(recursive=True), signal.SIGCONT)
    _signal([first], signal.SIGCONT)


def is_frozen(process: psutil.Process) -> bool:
    """Return whether a process is stopped by a signal."""
    try:
        return bool(process.status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


def _is_still(process: psutil.Process) -> bool:
    try:
        return process.status() in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _signal(processes: Iterable[psutil.Process], number: int) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue

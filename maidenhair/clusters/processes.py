"""Find, kill and freeze the processes of machines. An environment variable marks them, so no record is needed."""

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
"""The environment variable with the folder of the machine that a process belongs to."""
STOP_SECONDS = 30.0
FREEZE_ROUNDS = 100


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return the processes of the machine in `folder`, and of machines in its subfolders."""
    return [process for process, _ in marked_processes(folder)]


def marked_processes(folder: Path) -> list[tuple[psutil.Process, Path]]:
    """Return the same processes as `processes_of`, each with the folder of its machine."""
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


def first_process(folder: Path, exclude: str) -> psutil.Process | None:
    """Return the oldest process of a machine; None if no process runs.

    Args:
        folder: the machine's folder.
        exclude: the name of a program to leave out.
    """
    started: dict[psutil.Process, int] = {}
    for process in processes_of(folder):
        with suppress(psutil.NoSuchProcess):
            if process.name() != exclude:
                started[process] = start_mark(process.pid)
    return min(started, key=started.__getitem__, default=None)


def kill_all(folder: Path) -> None:
    """Kill every process of the machines in or below `folder`, and wait until they are gone.

    Raises:
        ClusterError: a process still runs after `STOP_SECONDS`.
    """
    _signal(processes_of(folder), signal.SIGKILL)
    # Zombies count as gone, because the first process of a container may not reap orphans.
    deadline = time.monotonic() + STOP_SECONDS
    while (alive := processes_of(folder)) and time.monotonic() < deadline:
        psutil.wait_procs(alive, timeout=0.05)
    if alive:
        pids = ", ".join(str(process.pid) for process in alive)
        raise ClusterError(
            f"processes of the machines in {folder} still run {STOP_SECONDS:.0f} s after SIGKILL: {pids}"
        )


def freeze(first: psutil.Process) -> None:
    """Stop a machine's first process and all its descendants, those of pods included.

    Raises:
        ClusterError: new descendants started faster than they could be stopped.
    """
    # The first process is stopped first: from then on the machine counts as paused.
    _signal([first], signal.SIGSTOP)
    for _ in range(FREEZE_ROUNDS):
        running = [each for each in first.children(recursive=True) if not _is_stopped(each)]
        if not running:
            return
        _signal(running, signal.SIGSTOP)
    pids = ", ".join(str(each.pid) for each in running)
    raise ClusterError(f"descendants of process {first.pid} still run after SIGSTOP: {pids}")


def thaw(first: psutil.Process) -> None:
    """Continue all processes that `freeze` stopped, the first process last."""
    _signal(first.children(recursive=True), signal.SIGCONT)
    _signal([first], signal.SIGCONT)


def is_frozen(process: psutil.Process) -> bool:
    """Return whether a process is stopped by a signal."""
    try:
        return bool(process.status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


def _is_stopped(process: psutil.Process) -> bool:
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

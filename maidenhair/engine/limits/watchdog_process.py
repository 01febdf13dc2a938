"""The process of the watchdog: interrupts, and in the end kills, a run whose main thread lets no other thread run.

Started as a file, without the rest of the package. Arguments: a shared file, the number of the run's process, the grace
period in seconds, the run's folder, and a file with the run's configuration. It ends when its standard input is closed,
and kills workers that then do not end. See `watchdog.py`.
"""

from __future__ import annotations

import mmap
import os
import select
import signal
import struct
import sys
import time

DEADLINE = struct.Struct("d")
IN_STEP = DEADLINE.size
"""The place of the byte that says whether a step runs."""
ENDING = DEADLINE.size + 1
"""The place of the byte that says whether the run is about to be killed."""
HEADER = DEADLINE.size + 2
SHARED_BYTES = 4096
# The run's own thread acts first.
LATE_SECONDS = 1.0
KILL_SECONDS = 5.0
REPORT_SECONDS = 300
POLL_SECONDS = 1.0
WORKER = b"maidenhair.engine.worker.worker"
LEAVING = "leaving"
"""The process name of a worker that ends by itself, because its run is gone."""
LEAVING_SECONDS = 10.0
LOOK_SECONDS = 0.5


def watch(shared: mmap.mmap, process: int, grace: float, folder: str, configuration: int) -> None:
    """Watch a process until standard input is closed.

    Args:
        shared: has the deadline, on the clock `time.monotonic`, two flags, and the name of what runs.
        process: the number of the process.
        grace: the seconds after which it is killed.
        folder: the run's folder.
        configuration: the file with the run's configuration.
    """
    ended = select.poll()
    ended.register(0, select.POLLIN | select.POLLHUP)
    while True:
        late = _late(shared)
        wait = POLL_SECONDS if late > LATE_SECONDS else min(POLL_SECONDS, LATE_SECONDS - late)
        if ended.poll(1000 * wait + 10) or os.getppid() != process:
            # The run kills this process when it ends. So it was killed itself, or its suite has closed the input.
            _kill_stuck_workers(process, folder)
            return
        late = _late(shared)
        if late > grace + KILL_SECONDS:
            name = shared[HEADER:].partition(b"\0")[0].decode(errors="replace")
            reason = f"{name or 'a hook'} ignored its time limit for {late:.0f} s, and let no other thread run"
            _end(shared, process, folder, configuration, reason)
            return
        if late > LATE_SECONDS:
            # A stopped process goes on, and a system call or a regular expression is interrupted.
            os.kill(process, signal.SIGCONT)
            os.kill(process, signal.SIGUSR2)


def _end(shared: mmap.mmap, process: int, folder: str, configuration: int, reason: str) -> None:
    """Have another process make the reports, and kill the run after that, because others may wait for its end."""
    # If what hangs returns after all, the run's handler of this signal keeps it from going on.
    shared[ENDING] = 1
    os.kill(process, signal.SIGUSR2)
    os.write(2, f"Run killed: {reason}. To have such a spec killed alone, use -j 2\n".encode())
    _drop_partial_line(f"{folder}/events.jsonl")
    complete = _make_reports(folder, reason, shared[IN_STEP], configuration)
    os.kill(process, signal.SIGKILL)
    if not complete:
        os.write(
            2, f"Reports are incomplete; `maidenhair merge {folder}` lists the results\n".encode()
        )
        _append(f"{folder}/events.jsonl", f"the run was killed, because {reason}")


def _make_reports(folder: str, reason: str, in_step: int, configuration: int) -> bool:
    # Imported here, because every run starts this process, and few need it.
    import subprocess

    arguments = (folder, reason, str(in_step), str(configuration))
    program = "maidenhair.engine.recovery.recovered_run"
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", program, *arguments],
            stdin=subprocess.DEVNULL,
            pass_fds=[configuration],
            timeout=REPORT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _kill_stuck_workers(run: int, run_folder: str) -> None:
    """Kill the workers of a run that was killed, with their child processes, if they let no other thread run.

    A worker that notices the end of the run cleans up, which may take long. One that has not noticed it after
    `LEAVING_SECONDS` is in an endless loop that is not Python code.

    Args:
        run: the number of the run's process. If it still lives after that time, nothing is killed.
        run_folder: the run's folder.
    """
    deadline = time.monotonic() + LEAVING_SECONDS
    while stuck := {pid: path for pid, path in _workers(run_folder) if not _is_leaving(pid)}:
        if time.monotonic() > deadline:
            if os.getppid() != run:
                _kill(stuck)
            return
        time.sleep(LOOK_SECONDS)


def _kill(workers: dict[int, str]) -> None:
    """Kill workers, and remove the folder of their files. They have it as temporary folder, too."""
    # Imported here, because every run starts this process, and few are killed.
    import shutil
    from contextlib import suppress

    for pid in workers:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
    for path in workers.values():
        shutil.rmtree(path, ignore_errors=True)


def _workers(run_folder: str) -> list[tuple[int, str]]:
    """Return the workers of a run: their process numbers, and the folder of their files."""
    from pathlib import Path

    found = []
    for process in Path("/proc").glob("[0-9]*"):
        arguments = _read(f"{process}/cmdline").rstrip(b"\0").split(b"\0")
        if WORKER in arguments and arguments[-1] == os.fsencode(run_folder):
            found.append((int(process.name), os.fsdecode(arguments[-2])))
    return found


def _is_leaving(pid: int) -> bool:
    return _read(f"/proc/{pid}/comm").strip() == LEAVING.encode()


def _read(path: str) -> bytes:
    from pathlib import Path

    try:
        return Path(path).read_bytes()
    except OSError:
        # The process has ended.
        return b""


def _drop_partial_line(path: str) -> None:
    from contextlib import suppress
    from pathlib import Path

    with suppress(OSError, ValueError), Path(path).open("rb+") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            end = content.rfind(b"\n") + 1
        file.truncate(end)


def _append(path: str, problem: str) -> None:
    """Append a problem to the events of a run that was killed."""
    import json
    from contextlib import suppress
    from pathlib import Path

    event = {"version": 1, "type": "problem_found", "time": time.time(), "message": problem}
    with suppress(OSError), Path(path).open("ab") as file:
        file.write(json.dumps(event).encode() + b"\n")


def _late(shared: mmap.mmap) -> float:
    (deadline,) = DEADLINE.unpack_from(shared)
    return time.monotonic() - float(deadline)


if __name__ == "__main__":
    descriptor, process, grace, folder, configuration = sys.argv[1:]
    shared = mmap.mmap(int(descriptor), SHARED_BYTES)
    watch(shared, int(process), float(grace), folder, int(configuration))

"""The process of the watchdog: interrupts, and in the end kills, a run whose main thread lets no other thread run.

Started as a file, without the rest of the package. Arguments: a shared file, the number of the run's process, the grace
period in seconds, and the run's folder. It ends when its standard input is closed. See `watchdog.py`.
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
SHARED_BYTES = 4096
# The run's own thread acts first.
LATE_SECONDS = 1.0
KILL_SECONDS = 5.0
POLL_SECONDS = 1.0


def watch(shared: mmap.mmap, process: int, grace: float, folder: str) -> None:
    """Watch a process until standard input is closed.

    Args:
        shared: has the deadline, on the clock `time.monotonic`, and after it the name of what runs.
        process: the number of the process.
        grace: the seconds after which it is killed.
        folder: the run's folder, for the message.
    """
    ended = select.poll()
    ended.register(0, select.POLLIN | select.POLLHUP)
    while True:
        late = _late(shared)
        wait = POLL_SECONDS if late > LATE_SECONDS else min(POLL_SECONDS, LATE_SECONDS - late)
        if ended.poll(1000 * wait + 10) or os.getppid() != process:
            return
        late = _late(shared)
        if late > grace + KILL_SECONDS:
            name = shared[DEADLINE.size :].partition(b"\0")[0].decode(errors="replace")
            reason = f"{name or 'a hook'} ignored its time limit for {late:.0f} s, and let no other thread run"
            advice = (
                f"Reports are incomplete; `maidenhair merge {folder}` lists the results. To have such a spec killed "
                "alone, use -j 2"
            )
            os.write(2, f"Run killed: {reason}. {advice}\n".encode())
            os.kill(process, signal.SIGKILL)
            ended.poll()
            _append(f"{folder}/events.jsonl", f"the run was killed, because {reason}")
            return
        if late > LATE_SECONDS:
            # A stopped process goes on, and a system call or a regular expression is interrupted.
            os.kill(process, signal.SIGCONT)
            os.kill(process, signal.SIGUSR2)


def _append(path: str, problem: str) -> None:
    """Append a problem to the events of a run that was killed, in place of a line that is not complete."""
    # Imported here, because every run starts this process, and few need it.
    import json
    from contextlib import suppress
    from pathlib import Path

    event = {"version": 1, "type": "problem_found", "time": time.time(), "message": problem}
    with suppress(OSError, ValueError), Path(path).open("rb+") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            end = content.rfind(b"\n") + 1
        file.truncate(end)
        file.seek(end)
        file.write(json.dumps(event).encode() + b"\n")


def _late(shared: mmap.mmap) -> float:
    (deadline,) = DEADLINE.unpack_from(shared)
    return time.monotonic() - float(deadline)


if __name__ == "__main__":
    descriptor, process, grace, folder = sys.argv[1:]
    watch(mmap.mmap(int(descriptor), SHARED_BYTES), int(process), float(grace), folder)

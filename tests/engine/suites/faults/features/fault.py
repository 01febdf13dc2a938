"""The fault of a run: what happens to a process, and where. It happens once in a run."""

import json
import os
import resource
import signal
import threading
from pathlib import Path

FAULT = json.loads(Path("fault.json").read_text())


def meet(place):
    """Let the fault happen if this is its place."""
    if place != FAULT["place"]:
        return
    try:
        Path(os.environ["SUITE_FAULT"]).mkdir()
    except FileExistsError:
        return
    ACTIONS[FAULT["action"]]()


def send(name):
    os.kill(os.getpid(), signal.Signals[name])


def stop_for_a_moment():
    waker = f"sleep 0.3; kill -CONT {os.getpid()}"
    os.posix_spawn("/bin/sh", ["sh", "-c", waker], os.environ)
    send("SIGSTOP")


def limit(name, value):
    number = getattr(resource, name)
    resource.setrlimit(number, (value, resource.getrlimit(number)[1]))


def limit_run(name, value):
    number = getattr(resource, name)
    run = os.getppid()
    resource.prlimit(run, number, (value, resource.prlimit(run, number)[1]))


def close_all(first):
    for path in list(Path("/proc/self/fd").iterdir()):
        if int(path.name) >= first:
            try:
                os.close(int(path.name))
            except OSError:
                continue


def exit_in_thread():
    thread = threading.Thread(target=os._exit, args=(3,))
    thread.start()
    thread.join()


ACTIONS = {
    "close connections": lambda: close_all(3),
    "close output": lambda: [os.close(number) for number in (1, 2)],
    "exit": lambda: os._exit(0),
    "exit in a thread": exit_in_thread,
    "kill": lambda: send("SIGKILL"),
    "no disk": lambda: limit("RLIMIT_FSIZE", 0),
    "no disk for the run": lambda: limit_run("RLIMIT_FSIZE", 0),
    "no files": lambda: limit("RLIMIT_NOFILE", 3),
    "no memory": lambda: limit("RLIMIT_AS", 1 << 20),
    "no processes": lambda: limit("RLIMIT_NPROC", 1),
    "segmentation fault": lambda: send("SIGSEGV"),
    "stop": lambda: send("SIGSTOP"),
    "stop for a moment": stop_for_a_moment,
    "terminate": lambda: send("SIGTERM"),
}

"""A process that has behave and the engine loaded, and forks a process for each run.

A request is a line of JSON with the arguments of `Runs.run`; the answer is a line with the exit code, or null if the
run did not end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import behave.__main__
from behave.capture import CaptureBookmark, CaptureController

import maidenhair.engine.runner  # noqa: F401 - loaded once for all runs


def main() -> None:
    """Answer requests until standard input ends."""
    _mend_capture()
    for line in sys.stdin:
        request = json.loads(line)
        code = _ended(_start(request), request["seconds"])
        print(json.dumps(code), flush=True)


def _mend_capture() -> None:
    """Let behave show the whole output of a step, as the engine does.

    behave leaves out as many characters as the scenario before has printed.
    """
    set_up = CaptureController.setup_capture

    def set_up_anew(self: CaptureController, *args: Any, **options: Any) -> None:
        self.delta_bookmark = CaptureBookmark()
        set_up(self, *args, **options)

    CaptureController.setup_capture = set_up_anew


def _start(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os._exit(_run(request))
    return pid


def _run(request: dict[str, Any]) -> int:
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    for stream, name in ((1, "out"), (2, "err")):
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        os.dup2(descriptor, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.path[:0] = [str(Path.cwd()), request["environment"]["PYTHONPATH"]]
    sys.argv[:] = ["behave", *request["arguments"]]
    code: Any
    try:
        code = behave.__main__.main(request["arguments"])
    except SystemExit as leaving:
        code = leaving.code
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else 1


def _ended(pid: int, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


if __name__ == "__main__":
    main()

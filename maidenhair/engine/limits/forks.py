"""Ends forked child processes of the suite's code, which would run the rest of the suite again."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn


def flush_before_forks() -> None:
    """Have Python flush the standard streams before each fork, so that a child does not write the same text again."""
    os.register_at_fork(before=_flush)


def call_in_process(owner: int, function: Callable[[], Any]) -> Any:
    """Call a function. If it comes back in a forked child process, end that child as Python ends a process.

    Args:
        owner: the number of this process.
        function: the function.
    """
    try:
        result = function()
    except BaseException as error:
        if os.getpid() != owner:
            _end_child(error)
        raise
    if os.getpid() != owner:
        _end_child(None)
    return result


def _end_child(error: BaseException | None) -> NoReturn:
    code = 0
    try:
        if isinstance(error, SystemExit):
            code = _exit_code(error.code)
        elif error is not None:
            code = 1
            traceback.print_exception(error)
        _flush()
    finally:
        # Neither the engine nor functions of `atexit` may run in the child.
        os._exit(code)


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.flush()

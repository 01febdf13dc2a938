"""Runs the suite's own code: awaits it, interrupts it at its limit or at a signal, and knows where it is."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import math
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import Any, Literal, NamedTuple

from behave.async_step import use_or_assign_event_loop

from maidenhair.engine.execution.signals import WAKING_SIGNAL, Waking, handles_interrupt
from maidenhair.errors import LimitExceeded, SpecBroken
from maidenhair.waiting.running import RunningWaits

Kind = Literal["body", "cleanup"]
LIMIT_SIGNAL = WAKING_SIGNAL
AGAIN_SECONDS = 1.0

Describe = Callable[[], tuple[int | None, str]]

CONTEXT: contextvars.ContextVar[Any] = contextvars.ContextVar("behave's context")
"""The context of the step or hook that runs."""


class _LimitReached(KeyboardInterrupt):
    """Raised in the suite's code at its limit; a KeyboardInterrupt, for no code swallows that by accident."""


class Activity(NamedTuple):
    """What a process does at the moment.

    Attributes:
        spec: where the scenario is, and its name; empty outside of scenarios.
        step: the number of the step, None in hooks and cleanups.
        what: the step or the hook in words.
        since: when it began, on the clock `time.monotonic`, which all processes share.
        deadline: when its limit is over, on that clock; None where it has none.
    """

    spec: str
    step: int | None
    what: str
    since: float
    deadline: float | None = None


class Guard:
    """Stands around every hook, step and cleanup.

    Only the main thread runs them; signals and the limit's thread interrupt them there.

    Args:
        on_overdue: called in a thread when code ignored its limit for the grace period, with a text that tells where.
        grace: that period in seconds.
        entered: told of every activity.
    """

    def __init__(
        self,
        on_overdue: Callable[[str], object],
        grace: float,
        entered: Callable[[Activity], object] | None = None,
    ) -> None:
        self.interrupted = False
        self.skipping = False
        self._describe: Describe = lambda: (None, "")
        self._since = time.monotonic()
        self.spec = ""
        self.spec_since = time.monotonic()
        self._on_overdue = on_overdue
        self._grace = grace
        self._entered = entered
        self._region: Kind | None = None
        self._limit: tuple[float, str] | None = None
        self._run_limit: tuple[float, str] | None = None
        self._at_run_limit: Callable[[str], object] = lambda told: None
        self._main = threading.main_thread().ident or 0
        # A signal handler may take it in the middle of the main thread's holding it.
        self._changed = threading.Condition(threading.RLock())
        self._thread: threading.Thread | None = None
        self._watching_until = math.inf
        self._previous: Any = None
        self._waking = Waking()
        self._waits = RunningWaits()
        self._installed = ExitStack()

    def install(self) -> None:
        """Begin to keep limits; only the main thread may do so."""
        self._previous = signal.signal(LIMIT_SIGNAL, self._at_limit)
        self._waking.install()
        self._installed.enter_context(self._waits.watched())

    def restore(self) -> None:
        """Keep no limits any more."""
        self.limit(None, "")
        self._installed.close()
        self._waking.restore()
        signal.signal(LIMIT_SIGNAL, self._previous)

    def limit(self, seconds: float | None, whose: str) -> None:
        """Give the code from now on so many seconds, or as many as it likes.

        Args:
            seconds: the limit.
            whose: what it is a limit of, such as "spec".
        """
        if seconds is None:
            # The thread finds out when it wakes.
            self._limit = None
            return
        told = f"the {whose}'s limit of {seconds:g} s was reached"
        self._set_limit((time.monotonic() + seconds, told))

    def limit_run(self, seconds: float, reached: Callable[[str], object]) -> None:
        """Give the whole run so many seconds; then what runs is interrupted, and `reached` is told in words."""
        told = f"the run's limit of {seconds:g} s was reached"
        self._run_limit = (time.monotonic() + seconds, told)
        self._at_run_limit = reached
        self._watch_until(self._run_limit[0])

    @property
    def activity(self) -> Activity:
        """Return what runs now, or ran last."""
        step, what = self._describe()
        deadline = self._limit[0] if self._limit else None
        return Activity(self.spec, step, what, self._since, deadline)

    def call(self, kind: Kind, describe: Describe, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function of the suite's, and await what it returns if it is a coroutine.

        Args:
            kind: a "cleanup" is not disturbed by the first signal, a "body" is.
            describe: gives the number of the step, None for others, and the step or hook in words.

        Raises:
            LimitExceeded: it was interrupted at its limit.
            SpecBroken: it tried to end the process, or raised what is no Exception.
            KeyboardInterrupt: it was interrupted by a signal.
        """
        outer = self._region
        if outer is None:
            if self.interrupted and kind == "body":
                raise KeyboardInterrupt
            self._describe, self._since = describe, time.monotonic()
            if self._entered is not None:
                self._entered(self.activity)
        try:
            self._region = outer or kind
            return awaited(function(*args))
        except _LimitReached as reached:
            if outer is not None:
                raise
            raise LimitExceeded(str(reached)) from None
        except (Exception, KeyboardInterrupt):
            raise
        except BaseException as error:
            # behave lets these end the run, as if all had gone well.
            name = type(error).__name__
            raise SpecBroken(f"{describe()[1]} raised {name}({error})") from error
        finally:
            self._region = outer

    def interrupt(self) -> None:
        """Take the first signal: raise in a body, remember it elsewhere; called by a signal handler."""
        self.interrupted = True
        if self._region == "body":
            self._expect_end()
            raise KeyboardInterrupt

    def skip_cleanups(self) -> None:
        """Take the second signal: raise in whatever runs, and let nothing more run; called by a signal handler."""
        self.interrupted = self.skipping = True
        if self._region is not None:
            self._expect_end()
            raise KeyboardInterrupt

    def where(self, frame: FrameType | None = None) -> str:
        """Return where the main thread is: the step, the wait and the stack; callable from any thread.

        Args:
            frame: the main thread's frame; a signal handler, which runs there too, has it.
        """
        return self._told(frame or sys._current_frames().get(self._main))

    def _told(self, frame: FrameType | None) -> str:
        activity = self.activity
        elapsed = time.monotonic() - activity.since
        lines = [f"  in {activity.what or 'no step or hook'}, for {elapsed:.1f} s"]
        message = self._waits.message()
        if message is not None:
            lines.append(f"  waiting for {message}")
        lines += ["  stack:", *(f"    {line}" for line in stack_of(frame))]
        return "\n".join(lines)

    def _at_limit(self, number: int, frame: FrameType | None) -> None:
        run_limit = self._run_limit
        if run_limit is not None and time.monotonic() >= run_limit[0]:
            # From now on it is the limit of what runs, too, so that what ignores it is dealt with.
            self._limit, self._run_limit, self.interrupted = run_limit, None, True
            self._at_run_limit(run_limit[1])
            if self._region == "cleanup":
                return
        limit = self._limit
        if self._region is None or limit is None or time.monotonic() < limit[0]:
            return
        if self._waking.interrupting or handles_interrupt(frame):
            # To raise now could lose the interrupt; this signal comes again.
            return
        raise _LimitReached(f"{limit[1]}\n{self._told(frame)}")

    def _expect_end(self) -> None:
        """Deal with what ignores an interrupt as with what ignores its limit."""
        self._set_limit((time.monotonic(), "the run was interrupted"))

    def _set_limit(self, limit: tuple[float, str]) -> None:
        self._limit = limit
        # To wake the thread for every spec would cost more than most hooks.
        if limit[0] < self._watching_until:
            self._watch_until(limit[0])

    def _watch_until(self, deadline: float) -> None:
        with self._changed:
            self._watching_until = deadline
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="limits", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                if now < self._watching_until:
                    left = min(self._watching_until - now, threading.TIMEOUT_MAX)
                    self._changed.wait(left)
                    continue
                # Whoever sets a limit looks at this after it; so this has to look at the limit after this.
                self._watching_until = math.inf
                deadline, told = self._first_limit()
                late = now - deadline
                if late < 0:
                    self._watching_until = deadline
                elif late < self._grace or self._region is None:
                    signal.pthread_kill(self._main, LIMIT_SIGNAL)
                    self._watching_until = now + min(AGAIN_SECONDS, self._grace)
                else:
                    self._on_overdue(
                        f"{told}, and the grace period of {self._grace:g} s is over\n{self.where()}"
                    )

    def _first_limit(self) -> tuple[float, str]:
        limits = [limit for limit in (self._limit, self._run_limit) if limit is not None]
        return min(limits, default=(math.inf, ""))


def awaited(result: Any) -> Any:
    """Return what a coroutine returns, run on the loop that behave runs asynchronous steps on; others as they are.

    Where that loop runs already, in an asynchronous hook, the coroutine is returned for the caller to await.
    """
    if inspect.iscoroutine(result) and asyncio._get_running_loop() is None:
        return use_or_assign_event_loop().run_until_complete(result)
    return result


def stack_of(frame: FrameType | None) -> list[str]:
    """Return the lines of a stack, from where the suite's own code begins."""
    summary = traceback.extract_stack(frame) if frame is not None else traceback.StackSummary()
    own = [index for index, entry in enumerate(summary) if entry.filename == __file__]
    begin = own[-1] + 1 if own and own[-1] + 1 < len(summary) else 0
    text = "".join(traceback.format_list(summary[begin:]))
    return text.rstrip().splitlines()

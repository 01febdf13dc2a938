"""Runs the suite's own code: awaits it, interrupts it at its limit or at a signal, and describes its location."""

from __future__ import annotations

import asyncio
import inspect
import math
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import Any, Literal

from behave.async_step import use_or_assign_event_loop

from maidenhair.engine.limits.activity import Activity
from maidenhair.engine.limits.deadlines import NEVER, Deadline, DeadlineWatch
from maidenhair.engine.limits.forks import call_in_process, flush_before_forks
from maidenhair.engine.limits.signals import WAKING_SIGNAL, Waking, handles_interrupt
from maidenhair.engine.limits.watchdog import Watchdog
from maidenhair.errors import LimitExceeded, SpecBroken
from maidenhair.waiting.running import RunningWaits

Kind = Literal["body", "cleanup"]
LIMIT_SIGNAL = WAKING_SIGNAL
AGAIN_SECONDS = 1.0

Describe = Callable[[], tuple[int | None, str]]


class _LimitReached(KeyboardInterrupt):
    """Raised in the suite's code at its limit; a KeyboardInterrupt, for no code swallows that by accident."""


class Guard:
    """Stands around every hook, step and cleanup.

    Only the main thread runs them; signals and the limit's thread interrupt them there.

    Args:
        on_overdue: called in a thread when code ignored its limit for the grace period, with the limit and the place.
        grace: that period in seconds.
        on_activity: called with every activity that begins.
    """

    def __init__(
        self,
        on_overdue: Callable[[str], object],
        grace: float,
        on_activity: Callable[[Activity], object] | None = None,
    ) -> None:
        self.interrupted = False
        self.skipping = False
        self._describe: Describe = lambda: (None, "")
        self._since = time.monotonic()
        self.spec = self.spec_id = ""
        self.spec_since = time.monotonic()
        self._on_overdue = on_overdue
        self._grace = grace
        self._on_activity = on_activity
        self._region: Kind | None = None
        self._limit: Deadline | None = None
        self._run_limit: Deadline | None = None
        self._at_run_limit: Callable[[str], object] = lambda reason: None
        self._main = threading.main_thread().ident or 0
        self._process = os.getpid()
        self._watchdog: Watchdog | None = None
        self._watch = DeadlineWatch(self._first_deadline, self._on_deadline)
        self._previous: Any = None
        self._waking = Waking()
        self._waits = RunningWaits()
        self._installed = ExitStack()

    def install(self) -> None:
        """Begin to enforce limits; only the main thread may do so."""
        flush_before_forks()
        self._previous = signal.signal(LIMIT_SIGNAL, self._at_limit)
        self._waking.install()
        self._installed.enter_context(self._waits.watched())

    def restore(self) -> None:
        """Enforce no limits any more."""
        self._watchdog = None
        self.limit(None, "")
        self._installed.close()
        self._waking.restore()
        signal.signal(LIMIT_SIGNAL, self._previous)

    def limit(self, seconds: float | None, whose: str) -> None:
        """Limit the code from now on.

        Args:
            seconds: the limit; None for none.
            whose: its owner, for example "spec".
        """
        if seconds is None:
            # The thread finds out when it wakes.
            self._limit = None
            self._inform()
            return
        reason = f"the {whose}'s limit of {seconds:g} s was reached"
        self._set_limit(Deadline(time.monotonic() + seconds, reason))

    def limit_run(self, seconds: float, reached: Callable[[str], object]) -> None:
        """Limit the whole run. At the limit, call `reached` with the reason, and interrupt the running code."""
        reason = f"the run's limit of {seconds:g} s was reached"
        self._run_limit = Deadline(time.monotonic() + seconds, reason)
        self._at_run_limit = reached
        self._watch.notice(self._run_limit)
        self._inform()

    def inform(self, watchdog: Watchdog) -> None:
        """Inform a watchdog of the limits from now on."""
        self._watchdog = watchdog
        self._inform()

    def set_in_step(self, in_step: bool) -> None:
        """Inform the watchdog whether a step runs."""
        if self._watchdog is not None:
            self._watchdog.set_in_step(in_step)

    @property
    def activity(self) -> Activity:
        """Return the current or last activity."""
        step, what = self._describe()
        deadline = self._limit.at if self._limit else None
        return Activity(self.spec, step, what, self._since, deadline, self.spec_id)

    def call(self, kind: Kind, describe: Describe, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function of the suite's. If it returns a coroutine, await that.

        Args:
            kind: the first signal interrupts a "body", but no "cleanup".
            describe: returns the number of the step, None for others, and the name of the step or hook.

        Raises:
            LimitExceeded: a limit interrupted the function.
            SpecBroken: the function tried to end the process, or raised an error that is no Exception.
            KeyboardInterrupt: a signal interrupted the function.
        """
        outer = self._region
        if outer is None:
            if self.interrupted and kind == "body":
                raise KeyboardInterrupt
            self._describe, self._since = describe, time.monotonic()
            if self._on_activity is not None:
                self._on_activity(self.activity)
        try:
            self._region = outer or kind
            return call_in_process(self._process, lambda: awaited(function(*args)))
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
        """Describe the location of the main thread: the step, the wait and the stack. Any thread may call this.

        Args:
            frame: the main thread's frame, which a signal handler has.
        """
        frame = frame or sys._current_frames().get(self._main)
        activity = self.activity
        elapsed = time.monotonic() - activity.since
        lines = [f"  in {activity.what or 'no step or hook'}, for {elapsed:.1f} s"]
        message = self._waits.message()
        if message is not None:
            lines.append(f"  waiting for {message}")
        lines += ["  stack:", *(f"    {line}" for line in stack_of(frame))]
        return "\n".join(lines)

    def _at_limit(self, number: int, frame: FrameType | None) -> None:
        while self._watchdog is not None and self._watchdog.is_ending:
            # Nothing more may be written, because another process makes the reports.
            signal.pause()
        run_limit = self._run_limit
        if run_limit is not None and time.monotonic() >= run_limit.at:
            # From now on it limits the running code too, so that code which ignores it is ended.
            self._limit, self._run_limit, self.interrupted = run_limit, None, True
            self._at_run_limit(run_limit.reason)
            if self._region == "cleanup":
                return
        limit = self._limit
        if self._region is None or limit is None or time.monotonic() < limit.at:
            return
        if self._waking.interrupting or handles_interrupt(frame):
            # To raise now could lose the interrupt; this signal comes again.
            return
        raise _LimitReached(f"{limit.reason}\n{self.where(frame)}")

    def _expect_end(self) -> None:
        """End code that ignores an interrupt like code that ignores its limit."""
        self._set_limit(Deadline(time.monotonic(), "the run was interrupted"))

    def _set_limit(self, limit: Deadline) -> None:
        self._limit = limit
        self._watch.notice(limit)
        self._inform()

    def _on_deadline(self, deadline: Deadline) -> float:
        """Interrupt the main thread, or end the code that ignored that; called by the thread that watches."""
        late = time.monotonic() - deadline.at
        if self._watchdog is not None and self._watchdog.is_ending:
            return math.inf
        if late < self._grace or self._region is None:
            signal.pthread_kill(self._main, LIMIT_SIGNAL)
            return min(AGAIN_SECONDS, self._grace)
        self._on_overdue(
            f"{deadline.reason}, and the grace period of {self._grace:g} s is over\n{self.where()}"
        )
        return math.inf

    def _inform(self) -> None:
        if self._watchdog is not None:
            self._watchdog.set(self._first_deadline().at, self.spec)

    def _first_deadline(self) -> Deadline:
        limits = [limit for limit in (self._limit, self._run_limit) if limit is not None]
        return min(limits, default=NEVER)


def awaited(result: Any) -> Any:
    """Run a coroutine on the event loop of behave's asynchronous steps, and return its result. Return others as is.

    If that loop already runs, as in an asynchronous hook, return the coroutine for the caller to await.
    """
    if inspect.iscoroutine(result) and asyncio._get_running_loop() is None:
        return use_or_assign_event_loop().run_until_complete(result)
    return result


def stack_of(frame: FrameType | None) -> list[str]:
    """Return the lines of a stack, beginning with the suite's own code."""
    summary = traceback.extract_stack(frame) if frame is not None else traceback.StackSummary()
    own = [index for index, entry in enumerate(summary) if entry.filename == __file__]
    begin = own[-1] + 1 if own and own[-1] + 1 < len(summary) else 0
    text = "".join(traceback.format_list(summary[begin:]))
    return text.rstrip().splitlines()

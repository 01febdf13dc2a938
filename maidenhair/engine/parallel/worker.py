"""A worker process: runs the units that it is handed, and sends what became of them.

Started as `python -m maidenhair.engine.parallel.worker FD` with a socket to the run. It leads a session of its own, so
that a Ctrl-C in the terminal reaches the run alone, which then sends SIGINT on.
"""

from __future__ import annotations

import os
import pickle
import queue
import shutil
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from behave.model_core import FileLocation
from behave.runner_util import parse_features

from maidenhair.engine.execution.async_fixtures import asynchronous_fixtures
from maidenhair.engine.execution.guarded_runner import GuardedRunner, Tidy
from maidenhair.engine.execution.outcomes import (
    ElementState,
    SpecRecord,
    VisitRecord,
    fresh_copy,
    unsendable_record,
)
from maidenhair.engine.execution.retries import Judge
from maidenhair.engine.execution.time_limits import Guard
from maidenhair.engine.parallel import protocol
from maidenhair.engine.parallel.container_stack import Whereabouts
from maidenhair.engine.parallel.pool import ActivityFile
from maidenhair.engine.parallel.recorder import RecordedStream, Recorder, Tail, TeedBuffer
from maidenhair.engine.planning.specs import AFTER_ORDERED, SpecId, find, leave_out

PARSED_FEATURES = 32


class WorkerRunner(GuardedRunner):
    """behave's runner in a worker: its formatters are a recorder."""

    def __init__(self, config: Any, settings: Any, guard: Guard, tail: Tail) -> None:
        super().__init__(config, settings, guard)
        self.recorder = Recorder()
        self.formatters = [Tidy(), self.recorder]
        self._tail = tail

    def setup_capture(self, name: str | None = None) -> None:
        """Begin to capture, and keep a copy for the case that the process dies."""
        super().setup_capture(name)
        controller = self.capture_controller
        if controller.config.capture_stdout:
            controller.capture_stdout = TeedBuffer(self._tail)
        if controller.config.capture_stderr:
            controller.capture_stderr = TeedBuffer(self._tail)


class Worker:
    """The main thread's work.

    Args:
        connection: to the run.
        setup: what the run told first.
    """

    def __init__(self, connection: Connection, setup: protocol.Setup) -> None:
        self._connection = connection
        self._setup = setup
        self._sending = threading.Lock()
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._tail = Tail(setup.tail)
        self._activity = ActivityFile(setup.activity)
        self._guard = Guard(
            self._overdue,
            setup.settings.grace_period,
            self._activity.write,
        )
        config = protocol.restored(setup.config)
        self._runner = WorkerRunner(config, setup.settings, self._guard, self._tail)
        self._whereabouts = Whereabouts(self._runner, self._entered_or_left)
        self._features: dict[int, Any] = {}
        self._raw_offset = 0
        self._orphaned = False

    def run(self) -> None:
        """Run everything that the run asks for, until it says that it is over, or is gone."""
        runner, recorder = self._runner, self._runner.recorder
        sys.stdout = RecordedStream(self._writer("out"), sys.__stdout__)
        sys.stderr = RecordedStream(self._writer("err"), sys.__stderr__)
        signal.signal(signal.SIGINT, lambda *_: runner.interrupt())
        self._guard.install()
        threading.Thread(target=self._read, name="inbox", daemon=True).start()
        with runner.path_manager, asynchronous_fixtures():
            runner.setup_paths()
            runner.load()
            self._send(protocol.Loaded())
            value = pickle.loads(self._setup.run_value)
            if value is not None:
                runner.context._set_root_attribute("run_value", value)
            passed = bool(runner.run_hook("before_all"))
            self._send(protocol.Ready(self._events(recorder), passed))
            self._serve()
            self._end()

    def _serve(self) -> None:
        while True:
            message = self._inbox.get()
            if isinstance(message, protocol.RunUnit):
                self._run_unit(message)
                self._send(protocol.UnitDone())
            elif isinstance(message, protocol.Leave):
                self._whereabouts.leave()
                self._send(protocol.UnitDone())
            else:
                return

    def _end(self) -> None:
        runner = self._runner
        self._whereabouts.leave()
        before = runner.hook_failures
        runner.run_hook_with_capture("after_all")
        passed = runner.hook_failures == before
        try:
            runner.context._do_remaining_cleanups()
        except Exception:  # the context has told it by now
            passed = False
        runner.end_spec()
        self._send(protocol.Finished(self._events(runner.recorder), passed))
        if self._orphaned:
            shutil.rmtree(self._setup.raw.parent, ignore_errors=True)

    def _run_unit(self, unit: protocol.RunUnit) -> None:
        failed = False
        for index, task in enumerate(unit.specs):
            if self._runner.aborted or (failed and self._runner.config.stop):
                return
            self._send(protocol.Begun(index, time.monotonic()))
            self._tail.clear()
            containers, scenario = find(self._parsed(unit), task.path)
            if not self._whereabouts.go_to(containers, unit.feature, task.path):
                self._send_record(index, self._unbegun(scenario))
                failed = True
                continue
            row = scenario._row if containers[-1].type == "scenario_outline" else None
            self._runner.context._set_root_attribute("active_outline", row)
            if failed and unit.stops:
                leave_out(scenario, AFTER_ORDERED)
            failed = self._run_attempts(index, task, scenario) or failed

    def _run_attempts(self, index: int, task: protocol.SpecTask, scenario: Any) -> bool:
        judge = Judge(task.policy, task.failures, task.passes)
        while True:
            number = judge.attempt
            running = scenario if number == 1 else fresh_copy(scenario)
            record = self._attempt(running, number, task.policy.timeout)
            final = (
                judge.is_final(record.failed) or self._runner.aborted or record.scenario.should_skip
            )
            self._send_record(index, record, final)
            if final:
                return record.failed

    def _attempt(self, scenario: Any, number: int, timeout: float | None) -> SpecRecord:
        runner = self._runner
        failures, began = runner.hook_failures, time.monotonic()
        runner.begin_spec(f"{scenario.location} {scenario.name}", timeout)
        failed = bool(scenario.run(runner))
        runner.end_spec()
        return SpecRecord(
            number,
            self._events(runner.recorder),
            ElementState.of(scenario),
            [ElementState.of(step) for step in scenario.all_steps],
            failed,
            time.monotonic() - began,
            hook_failures=runner.hook_failures - failures,
        )

    def _unbegun(self, scenario: Any) -> SpecRecord:
        steps = [ElementState.of(step) for step in scenario.all_steps]
        return SpecRecord(1, [], ElementState.of(scenario), steps, True, 0.0, ran=False)

    def _send_record(self, index: int, record: SpecRecord, final: bool = True) -> None:
        try:
            pickled = pickle.dumps(record)
        except Exception as error:  # whatever an object of the suite's raises
            told = (
                f"the result of the spec cannot be sent to the run: {type(error).__name__}: {error}"
            )
            record = unsendable_record(record, told)
            pickled = pickle.dumps(record)
        self._send(
            protocol.Attempted(
                index,
                record.attempt,
                record.failed,
                final,
                record.seconds,
                time.monotonic(),
                pickled,
            )
        )

    def _parsed(self, unit: protocol.RunUnit) -> Any:
        feature = self._features.pop(unit.feature, None)
        if feature is None:
            location = FileLocation(unit.filename)
            (feature,) = parse_features([location], language=self._runner.config.lang)
        # The one used last goes last.
        self._features[unit.feature] = feature
        if len(self._features) > PARSED_FEATURES:
            del self._features[next(iter(self._features))]
        return feature

    def _entered_or_left(self, place: SpecId, entered: bool, container: Any, failures: int) -> None:
        state = ElementState.of(container)
        record = VisitRecord(self._events(self._runner.recorder), state, failures)
        self._send(protocol.Visited(place, entered, record))

    def _events(self, recorder: Recorder) -> list[Any]:
        raw = self._read_raw()
        if raw:
            recorder.wrote("out", raw)
        return recorder.take()

    def _read_raw(self) -> str:
        """Return what was written past Python's streams, such as by a child process."""
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None:
                stream.flush()
        with suppress(OSError), self._setup.raw.open("rb") as file:
            file.seek(self._raw_offset)
            found = file.read()
            self._raw_offset += len(found)
            return found.decode("utf-8", errors="replace")
        return ""

    def _writer(self, stream: str) -> Any:
        def write(text: str) -> None:
            self._tail.write(text)
            self._runner.recorder.wrote(stream, text)

        return write

    def _overdue(self, told: str) -> None:
        self._send(protocol.Overdue(told))
        if self._orphaned:
            os.kill(os.getpid(), signal.SIGKILL)

    def _send(self, message: Any) -> None:
        with self._sending, suppress(BrokenPipeError, ConnectionResetError):
            self._connection.send(message)

    def _read(self) -> None:
        """Take the run's messages, in a thread of their own, so that questions are answered at once."""
        while True:
            try:
                message = self._connection.recv()
            except (EOFError, OSError):
                # The run is gone: clean up, and end.
                self._orphaned = True
                os.kill(os.getpid(), signal.SIGINT)
                self._inbox.put(protocol.Finish())
                return
            if isinstance(message, protocol.TellWhere):
                self._send(protocol.Where(self._guard.where()))
            else:
                self._inbox.put(message)


def main() -> None:
    """Work for the run at the other end of the socket that the command line names."""
    descriptor = int(sys.argv[1])
    os.set_inheritable(descriptor, False)
    connection: Connection = Connection(descriptor)
    setup: protocol.Setup = connection.recv()
    sys.path[:] = setup.modules
    try:
        Worker(connection, setup).run()
    except BaseException:  # the run has to be told of anything
        with suppress(OSError):
            connection.send(protocol.Broken(traceback.format_exc()))
        sys.exit(1)


if __name__ == "__main__":
    main()
